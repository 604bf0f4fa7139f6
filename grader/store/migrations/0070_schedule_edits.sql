-- What staff changed of a homework's schedule: for everybody, for a section, or for a student.
-- Above the manifest, field by field; see grader/assignment/schedule_edits.py.
CREATE TABLE schedule_edits (
    assignment text NOT NULL,
    section    text NOT NULL DEFAULT '',
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    fields     jsonb NOT NULL,   -- {"due": {"value", "by", "at"}}
    version    integer NOT NULL CHECK (version >= 1),
    CHECK (section = '' OR user_id IS NULL)
);
CREATE UNIQUE INDEX schedule_edits_of_whom
    ON schedule_edits (assignment, section, coalesce(user_id, 0));
