-- Who of staff opened a submission to mark it, and when last; kept for a day.
CREATE TABLE marking_visits (
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    seen_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (submission_id, user_id)
);
