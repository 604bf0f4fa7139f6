-- Who hears of what. What happened is a notice, written in the transaction in which it happened;
-- notices become messages, of which each is sent once.

CREATE TABLE notices (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    kind          text NOT NULL,
    user_id       bigint REFERENCES users ON DELETE CASCADE,  -- the student; none: staff
    submission_id uuid REFERENCES submissions ON DELETE CASCADE,
    subject       text NOT NULL DEFAULT '',                   -- homework or machine
    old_run_id    bigint REFERENCES runs ON DELETE CASCADE    -- of a regrade: what counted before
);
CREATE INDEX notices_of_user ON notices (user_id, kind);

-- What is wrong at this moment, so that each fault is told when it begins and not again.
CREATE TABLE conditions (
    kind    text NOT NULL,
    host    text NOT NULL,
    subject text NOT NULL,
    since   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, host, subject)
);

-- Where somebody differs from what the course sends.
CREATE TABLE message_choices (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    kind    text NOT NULL,
    wanted  boolean NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- The outbox. The address is looked up when a message is sent.
CREATE TABLE messages (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    made_at    timestamptz NOT NULL DEFAULT now(),
    kind       text NOT NULL,
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    webhook    text NOT NULL DEFAULT '',   -- its name, where it goes to no user
    subject    text NOT NULL,
    body       text NOT NULL,              -- of a webhook: JSON
    tries      integer NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    given_up_at timestamptz,
    fault      text NOT NULL DEFAULT '',
    CHECK ((user_id IS NULL) = (webhook <> '')),
    CHECK (sent_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX messages_due ON messages (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;

-- When staff were last told of a kind, whether or not anybody wanted to hear of it.
CREATE TABLE staff_messages (
    kind    text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX staff_messages_of_kind ON staff_messages (kind, made_at);

-- Reports in which a test has a mistake of ours; the staff's list of what waits asks for them.
ALTER TABLE results ADD COLUMN has_test_faults boolean GENERATED ALWAYS AS
    (jsonb_path_exists(report, '$.tests[*].fault ? (@ != "")')) STORED;
CREATE INDEX results_with_test_faults ON results (run_id) WHERE has_test_faults;
CREATE INDEX runs_failed ON runs (id) WHERE state = 'failed';
