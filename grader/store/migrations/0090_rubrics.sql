-- Rubrics of manual tasks as staff changed them; the newest version stands above the homework's own.
CREATE TABLE rubrics (
    assignment text NOT NULL,
    task       text NOT NULL,
    version    integer NOT NULL CHECK (version >= 1),
    items      jsonb NOT NULL,  -- [{"text", "points"}]
    changed_by text NOT NULL CHECK (changed_by <> ''),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment, task, version)
);

-- Who changed the rubric, where that made this version of a mark. The judgement, and with it
-- `marked_by` and `marked_at`, stays the marker's: which mark is carried over goes by that time.
ALTER TABLE marks ADD COLUMN reapplied_by text NOT NULL DEFAULT '';
