-- What students ask about their points of one task, and what staff answer.
CREATE TABLE regrade_requests (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    task          text NOT NULL CHECK (task <> ''),
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'closed')),
    asked_at      timestamptz NOT NULL DEFAULT now()
);
-- One conversation about one task at a time.
CREATE UNIQUE INDEX regrade_request_in_hand ON regrade_requests (submission_id, task)
 WHERE state <> 'closed';

CREATE TABLE regrade_request_messages (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint NOT NULL REFERENCES regrade_requests ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT now(),
    author     text NOT NULL CHECK (author <> ''),
    by_staff   boolean NOT NULL,
    text       text NOT NULL CHECK (text <> '')
);
CREATE INDEX regrade_request_messages_of_request ON regrade_request_messages (request_id, id);
