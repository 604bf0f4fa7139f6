-- Users, their tokens, submissions, runs, outcomes and results.
-- The state of a submission is the state of its newest run; it is stored once, in runs.

CREATE TABLE users (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    role        text NOT NULL CHECK (role IN ('student', 'instructor', 'admin', 'ci')),
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- The token itself is shown once and never stored.
CREATE TABLE tokens (
    sha256      bytea PRIMARY KEY CHECK (length(sha256) = 32),
    user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    revoked_at  timestamptz
);
CREATE INDEX tokens_of_user ON tokens (user_id);

CREATE TABLE submissions (
    id              uuid PRIMARY KEY,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    assignment      text NOT NULL,
    upload_sha256   text NOT NULL CHECK (upload_sha256 ~ '^[0-9a-f]{64}$'),   -- names the blob
    upload_bytes    bigint NOT NULL CHECK (upload_bytes >= 0),
    content_sha256  text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),  -- of what was sent
    idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, idempotency_key)
);
CREATE INDEX submissions_of_user ON submissions (user_id, assignment, created_at DESC);

-- One grading of one submission; a regrade is a new run.
--
--   queued --begin--> running --finish--> done
--     ^                  |------refuse--> refused   the upload breaks a rule found only now
--     |                  |------fail----> failed    the suite, or the machine too often: staff
--     +----postpone------+                          the machine failed: tried again
--
-- attempt counts starts; (id, attempt) is the fencing token of everything a worker writes.
-- failures counts starts that ended without a word or by a machine's fault.
CREATE TABLE runs (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    number        integer NOT NULL CHECK (number >= 1),
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'running', 'done', 'refused', 'failed')),
    attempt       integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures      integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    tests_done    integer NOT NULL DEFAULT 0 CHECK (tests_done >= 0),
    tests_total   integer CHECK (tests_total >= tests_done),
    reasons       text[] NOT NULL DEFAULT '{}',  -- refused: for the student; else for staff
    queued_at     timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz,
    UNIQUE (submission_id, number),
    CHECK (state <> 'running' OR (attempt >= 1 AND started_at IS NOT NULL)),
    CHECK ((state IN ('done', 'refused', 'failed')) = (finished_at IS NOT NULL)),
    CHECK (state NOT IN ('refused', 'failed') OR cardinality(reasons) >= 1)
);
CREATE INDEX runs_open ON runs (id) WHERE state IN ('queued', 'running');

-- Progress of the current attempt; the report is what counts in the end.
CREATE TABLE outcomes (
    run_id   bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
    attempt  integer NOT NULL,
    position integer NOT NULL CHECK (position >= 1),
    outcome  jsonb NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, attempt, position)
);

-- At most one final result for a run, whoever else still believes to be grading it.
CREATE TABLE results (
    run_id     bigint PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    attempt    integer NOT NULL,
    report     jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
