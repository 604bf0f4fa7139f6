-- Which way a run may go, who moved it and why, and what can be told of it while it goes on.
--
--             +--hold--> held --resume--+
--             |                         v
--   (new) -> queued <-------------------+        superseded, cancelled: from queued
--             |  ^                               cancelled: from held and running
--           begin| postpone, hand back           done: from queued, when an equal upload's
--             v  |                                     result is reused
--            running --> done | refused | failed
--
-- grader/models.py has the same table; a test compares the two.

ALTER TABLE runs DROP CONSTRAINT runs_state_check;
ALTER TABLE runs ADD CONSTRAINT runs_state_check CHECK (state IN
    ('queued', 'held', 'running', 'done', 'refused', 'failed', 'cancelled', 'superseded'));

-- The check of 0001 that says which states have an end; it was made without a name.
DO $$
DECLARE old name;
BEGIN
    SELECT conname INTO STRICT old FROM pg_constraint
     WHERE conrelid = 'runs'::regclass AND pg_get_constraintdef(oid) LIKE '%finished_at IS NOT NULL%';
    EXECUTE format('ALTER TABLE runs DROP CONSTRAINT %I', old);
END $$;
ALTER TABLE runs ADD CONSTRAINT runs_end_check CHECK (
    (state IN ('done', 'refused', 'failed', 'cancelled', 'superseded')) = (finished_at IS NOT NULL));

-- moved_by and moved_why are the stamp of the move a statement makes; the trigger takes them into
-- run_moves and empties them, so that no later move can go under an old stamp.
ALTER TABLE runs
    ADD COLUMN priority  smallint NOT NULL DEFAULT 20,  -- the higher is graded first
    ADD COLUMN lock      text,    -- of runs with the same one, one is graded at a time
    ADD COLUMN job_id    bigint,  -- its newest job in the engine's table
    ADD COLUMN moved_by  text,
    ADD COLUMN moved_why text;
CREATE INDEX runs_queue ON runs (priority DESC, id) WHERE state = 'queued';
CREATE INDEX runs_done ON runs (id DESC) WHERE state = 'done';

CREATE TABLE run_ways (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO run_ways VALUES
    ('queued', 'running'), ('queued', 'held'), ('queued', 'cancelled'), ('queued', 'superseded'),
    ('queued', 'done'),
    ('held', 'queued'), ('held', 'cancelled'),
    ('running', 'running'),  -- taken over: the attempt before ended without a word
    ('running', 'queued'), ('running', 'done'), ('running', 'refused'), ('running', 'failed'),
    ('running', 'cancelled');

-- The audit log of runs. from_state is empty for a new run.
CREATE TABLE run_moves (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- deferred, as the trigger writes before the run's own row is there
    run_id     bigint NOT NULL REFERENCES runs ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    attempt    integer NOT NULL,
    moved_by   text NOT NULL CHECK (moved_by <> ''),
    moved_why  text NOT NULL CHECK (moved_why <> ''),
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX run_moves_of_run ON run_moves (run_id, id);

-- What a reader who follows a run is told; ids grow within a run in the order of commits, because
-- each event is written under the lock of the run's row.
CREATE TABLE run_events (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id  bigint NOT NULL REFERENCES runs ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    attempt integer NOT NULL,
    kind    text NOT NULL CHECK (kind IN ('state', 'test', 'phase')),
    data    jsonb NOT NULL,
    at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX run_events_of_run ON run_events (run_id, id);
-- A test's outcome is noted once in an attempt.
CREATE UNIQUE INDEX run_events_of_test ON run_events (run_id, attempt, (data -> 'case' ->> 'name'))
    WHERE kind = 'test';

CREATE FUNCTION runs_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin text := CASE TG_OP WHEN 'UPDATE' THEN OLD.state ELSE '' END;
BEGIN
    IF TG_OP = 'UPDATE' AND NOT EXISTS (
        SELECT FROM run_ways WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
        RAISE EXCEPTION 'run % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.moved_by IS NULL OR NEW.moved_why IS NULL THEN
        RAISE EXCEPTION 'run % goes from % to % without saying by whom and why',
            NEW.id, origin, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO run_moves (run_id, from_state, to_state, attempt, moved_by, moved_why)
    VALUES (NEW.id, origin, NEW.state, NEW.attempt, NEW.moved_by, NEW.moved_why);
    INSERT INTO run_events (run_id, attempt, kind, data)
    VALUES (NEW.id, NEW.attempt, 'state', jsonb_build_object('state', NEW.state));
    NEW.moved_by := NULL;
    NEW.moved_why := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER runs_made BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION runs_moved();
-- A further attempt of a running run is a move, too.
CREATE TRIGGER runs_moved BEFORE UPDATE ON runs FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.attempt IS DISTINCT FROM NEW.attempt)
    EXECUTE FUNCTION runs_moved();

CREATE FUNCTION run_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('run_events', NEW.run_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER run_told AFTER INSERT ON run_events FOR EACH ROW EXECUTE FUNCTION run_told();

-- What is known of the runs there are. Outcomes of 0001 lack what decides who may see them, and
-- the report has them all; only unfinished attempts lose their progress, which is made anew.
-- Jobs of 0001 are found by what they were asked to do, if the engine's tables are there.
DO $$
BEGIN
    IF to_regclass('procrastinate_jobs') IS NOT NULL THEN
        UPDATE runs r SET job_id = j.id FROM procrastinate_jobs j
         WHERE (j.args ->> 'run_id')::bigint = r.id AND j.status IN ('todo', 'doing');
    END IF;
END $$;
INSERT INTO run_moves (run_id, from_state, to_state, attempt, moved_by, moved_why, at)
SELECT id, '', state, attempt, 'migration 0002', 'known before moves were written down',
       coalesce(finished_at, started_at, queued_at)
  FROM runs;
DROP TABLE outcomes;

-- The run that counts for a submission; a regrade makes another and does not change this by itself.
ALTER TABLE submissions ADD COLUMN current_run_id bigint REFERENCES runs ON DELETE SET NULL
    DEFERRABLE INITIALLY DEFERRED;
-- Equal uploads are looked for by assignment and content.
CREATE INDEX submissions_of_content ON submissions (assignment, content_sha256);
UPDATE submissions s SET current_run_id =
    (SELECT id FROM runs WHERE submission_id = s.id ORDER BY number DESC LIMIT 1);

-- An equal upload may be answered by an earlier result of the same suite.
ALTER TABLE results ADD COLUMN suite_version text
    GENERATED ALWAYS AS (report ->> 'suite_version') STORED;

-- The next migration may alter these tables in the same transaction.
SET CONSTRAINTS ALL IMMEDIATE;
