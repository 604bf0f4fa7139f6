-- Versions of a homework that were published: each a bundle, a blob named by its sha256. Nothing
-- is overwritten. A version without `checked_at` waits for its check, or is being checked.
--
--   draft --check--> checking --passed--> ready --make live--> live --another is live--> retired
--                       +--findings--> draft --in spite of them--> live      retired --back--> live
CREATE TABLE homework_versions (
    assignment    text NOT NULL,
    number        integer NOT NULL CHECK (number >= 1),
    sha256        text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    bytes         bigint NOT NULL,
    suite_version text NOT NULL,   -- what reports of its gradings name
    title         text NOT NULL,
    note          text NOT NULL DEFAULT '',
    state         text NOT NULL DEFAULT 'draft'
                  CHECK (state IN ('draft', 'checking', 'ready', 'live', 'retired')),
    hold          boolean NOT NULL,   -- passing the check does not make it live by itself
    insist        boolean NOT NULL,   -- it becomes live whatever the check finds
    findings      text[] NOT NULL DEFAULT '{}',
    figures       jsonb NOT NULL DEFAULT '{}',
    tries         integer NOT NULL DEFAULT 0,
    published_by  text NOT NULL CHECK (published_by <> ''),
    published_at  timestamptz NOT NULL DEFAULT now(),
    checked_at    timestamptz,
    live_at       timestamptz,
    live_by       text NOT NULL DEFAULT '',
    PRIMARY KEY (assignment, number)
);
CREATE UNIQUE INDEX homework_version_live ON homework_versions (assignment) WHERE state = 'live';
CREATE INDEX homework_version_blobs ON homework_versions (sha256);
