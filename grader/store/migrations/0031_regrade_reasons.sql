-- What students read of a regrade whose results count for them: when, and why.
ALTER TABLE run_groups
    ADD COLUMN applied_at     timestamptz,
    ADD COLUMN applied_reason text NOT NULL DEFAULT '';
