-- Who is signed in. A session is opened with a token and ends with it at the latest; signing out
-- deletes it, whatever a browser still holds. One that an identity provider has opened takes the
-- token along that was made for it.
CREATE TABLE sessions (
    sha256     bytea PRIMARY KEY,
    token_id   bigint NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    ends_token boolean NOT NULL DEFAULT false,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_token ON sessions (token_id);
