-- A course beside its submissions: the roster, scopes of tokens, extensions, which submission
-- counts, manual marks, and the log of what staff did.

ALTER TABLE users
    ADD COLUMN full_name     text NOT NULL DEFAULT '',
    ADD COLUMN email         text UNIQUE CHECK (email = lower(email) AND email LIKE '_%@_%'),
    ADD COLUMN section       text NOT NULL DEFAULT '',
    ADD COLUMN sid           text NOT NULL DEFAULT '',  -- the school's number of the person
    ADD COLUMN lms_id        text NOT NULL DEFAULT '',  -- the learning platform's own number
    ADD COLUMN oidc_subject  text UNIQUE;               -- issuer and subject, set at first sign-in

-- What a token may be used for, within what its owner's role allows.
ALTER TABLE tokens
    ADD COLUMN id    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- to name it without showing it
    ADD COLUMN scope text NOT NULL DEFAULT 'all' CHECK (scope IN ('all', 'read', 'submit')),
    ADD COLUMN label text NOT NULL DEFAULT '';

-- One student's own due date.
CREATE TABLE extensions (
    assignment text NOT NULL,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    due        timestamptz NOT NULL,
    reason     text NOT NULL DEFAULT '',
    granted_by text NOT NULL CHECK (granted_by <> ''),
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment, user_id)
);

-- The submission that counts for a student where somebody chose it; otherwise the assignment's
-- rule does. What staff choose stands above the rule.
CREATE TABLE active_choices (
    assignment    text NOT NULL,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    by_staff      boolean NOT NULL,
    chosen_by     text NOT NULL CHECK (chosen_by <> ''),
    chosen_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment, user_id)
);

-- Manual marks; the highest version counts, and the older ones stay. They belong to the
-- submission, not to a run, so that a regrade leaves them alone. No points: the mark was taken back.
CREATE TABLE marks (
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    task          text NOT NULL,
    version       integer NOT NULL CHECK (version >= 1),
    points        numeric(12, 4) CHECK (points >= 0),
    items         jsonb NOT NULL DEFAULT '[]',  -- of the rubric: [{"text", "points"}]
    comment       text NOT NULL DEFAULT '',
    marked_by     text NOT NULL CHECK (marked_by <> ''),
    marked_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (submission_id, task, version)
);

-- What people did. Names are kept as text: the log outlives who it speaks of.
CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    actor      text NOT NULL CHECK (actor <> ''),
    action     text NOT NULL CHECK (action <> ''),
    assignment text NOT NULL DEFAULT '',
    subject    text NOT NULL DEFAULT '',  -- whom or what it is about
    detail     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_of_assignment ON audit_log (assignment, id);

-- Batches and regrades have a log of their own; it is told in the common one, too.
CREATE FUNCTION group_move_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_log (at, actor, action, assignment, subject, detail)
    SELECT NEW.at, NEW.moved_by, g.kind || ' ' || NEW.to_state, g.assignment, g.id::text,
           jsonb_build_object('why', NEW.moved_why)
      FROM run_groups g WHERE g.id = NEW.group_id;
    RETURN NULL;
END $$;
CREATE TRIGGER group_move_told AFTER INSERT ON group_moves
    FOR EACH ROW EXECUTE FUNCTION group_move_told();
INSERT INTO audit_log (at, actor, action, assignment, subject, detail)
SELECT m.at, m.moved_by, g.kind || ' ' || m.to_state, g.assignment, g.id::text,
       jsonb_build_object('why', m.moved_why)
  FROM group_moves m JOIN run_groups g ON g.id = m.group_id ORDER BY m.id;

-- A gradebook reads these of every submission, and not the long texts of the tests.
ALTER TABLE results
    ADD COLUMN tasks jsonb GENERATED ALWAYS AS (report -> 'tasks') STORED,
    ADD COLUMN score text GENERATED ALWAYS AS (report ->> 'score') STORED;

-- A table of several thousand submissions is read by assignment, newest first.
CREATE INDEX submissions_of_assignment ON submissions (assignment, created_at DESC, id DESC);
