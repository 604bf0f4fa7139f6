-- Late days that staff gave a student beyond the course's, or took; the balance is a sum. What is
-- spent is not stored: it follows from the submissions that count.
CREATE TABLE late_day_changes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    days       integer NOT NULL CHECK (days BETWEEN -1000 AND 1000 AND days <> 0),
    reason     text NOT NULL DEFAULT '',
    changed_by text NOT NULL CHECK (changed_by <> ''),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX late_day_changes_of_user ON late_day_changes (user_id);
