-- The last comparison of an assignment's submissions. It names submissions and places in them, and
-- holds no line of anybody's work; a submission that is deleted takes it along by its digest.
CREATE TABLE similarity (
    assignment text PRIMARY KEY,
    digest     text NOT NULL,   -- of the set of submissions and what they were compared by
    report     jsonb NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now()
);
