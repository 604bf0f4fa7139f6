-- The homework's own rubric when staff saved theirs, so that a later change of it is noticed.
ALTER TABLE rubrics ADD COLUMN own jsonb;  -- of older rows it is not known
