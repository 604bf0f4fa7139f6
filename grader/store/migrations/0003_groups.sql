-- Many runs that were asked for together: a batch of uploads, or a regrade of what is there.
--
--   open <--pause, resume--> paused        cancelled: from both
--   a regrade also: open --apply--> applied --revert--> reverted --apply--> applied
--
-- Whether all its runs have ended is counted, not stored.

CREATE TABLE run_groups (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('batch', 'regrade')),
    assignment      text NOT NULL,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,  -- who asked for it
    idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    content_sha256  text CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),      -- of a batch's archive
    which           text NOT NULL DEFAULT '',                            -- of a regrade
    reason          text NOT NULL DEFAULT '',
    state           text NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'paused', 'cancelled', 'applied', 'reverted')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, idempotency_key),
    CHECK (kind = 'regrade' OR state NOT IN ('applied', 'reverted'))
);

-- The audit log of groups.
CREATE TABLE group_moves (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id  uuid NOT NULL REFERENCES run_groups ON DELETE CASCADE,
    to_state  text NOT NULL,
    moved_by  text NOT NULL CHECK (moved_by <> ''),
    moved_why text NOT NULL CHECK (moved_why <> ''),
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX group_moves_of_group ON group_moves (group_id, id);

ALTER TABLE runs ADD COLUMN group_id uuid REFERENCES run_groups ON DELETE SET NULL;
CREATE INDEX runs_of_group ON runs (group_id, state) WHERE group_id IS NOT NULL;

-- Whose work it is when staff hand in many students' work at once; empty otherwise.
ALTER TABLE submissions ADD COLUMN label text NOT NULL DEFAULT '';

-- One upload of a batch; those that intake refuses are told here and are no submissions.
CREATE TABLE batch_items (
    group_id      uuid NOT NULL REFERENCES run_groups ON DELETE CASCADE,
    name          text NOT NULL,
    submission_id uuid REFERENCES submissions ON DELETE CASCADE,
    reasons       text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (group_id, name),
    CHECK ((submission_id IS NULL) = (cardinality(reasons) >= 1))
);

CREATE TABLE regrade_items (
    group_id      uuid NOT NULL REFERENCES run_groups ON DELETE CASCADE,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    old_run_id    bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
    new_run_id    bigint NOT NULL UNIQUE REFERENCES runs ON DELETE CASCADE,
    taken         boolean NOT NULL DEFAULT false,  -- the new run counts now
    PRIMARY KEY (group_id, submission_id)
);

-- For "the best submission of each"; comparing two scores exactly is the code's part.
ALTER TABLE results ADD COLUMN points double precision GENERATED ALWAYS AS (
    split_part(report ->> 'score', '/', 1)::double precision
    / split_part(report ->> 'score', '/', 2)::double precision) STORED;

-- Followers of a group are told of its runs' steps, not of each test.
CREATE OR REPLACE FUNCTION run_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    group_of uuid;
BEGIN
    PERFORM pg_notify('run_events', NEW.run_id::text);
    IF NEW.kind = 'state' THEN
        SELECT group_id INTO group_of FROM runs WHERE id = NEW.run_id;
        IF group_of IS NOT NULL THEN
            PERFORM pg_notify('run_events', group_of::text);
        END IF;
    END IF;
    RETURN NULL;
END $$;
