-- LTI 1.3: platforms, our keys, launches on their way, courses and links of an LMS, and the scores
-- that are sent there.

-- Known by issuer and client id together; an issuer alone may be many platforms.
CREATE TABLE lti_platforms (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer         text NOT NULL CHECK (issuer <> ''),
    client_id      text NOT NULL CHECK (client_id <> ''),
    name           text NOT NULL DEFAULT '',
    auth_url       text NOT NULL,
    token_url      text NOT NULL,
    keys_url       text NOT NULL,
    token_audience text NOT NULL DEFAULT '',
    deployments    text[] NOT NULL DEFAULT '{}',   -- none: any
    made_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (issuer, client_id)
);

-- Leave to register a platform, given by an administrator, for once.
CREATE TABLE lti_invitations (
    sha256     bytea PRIMARY KEY,
    made_by    text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE lti_keys (
    kid         text PRIMARY KEY,
    private_pem text NOT NULL,
    made_at     timestamptz NOT NULL,
    signs_from  timestamptz NOT NULL
);

-- Between the login request and the launch. Used once: the row goes with the launch.
CREATE TABLE lti_logins (
    state_sha256   bytea PRIMARY KEY,
    platform_id    bigint NOT NULL REFERENCES lti_platforms ON DELETE CASCADE,
    nonce          text NOT NULL,
    browser_sha256 bytea NOT NULL,                 -- of what only that browser knows
    storage        text NOT NULL DEFAULT '',       -- the frame that keeps it; else a cookie does
    expires_at     timestamptz NOT NULL
);

-- What a launch has proved, for the one form that follows it; used once.
CREATE TABLE lti_tickets (
    sha256     bytea PRIMARY KEY,
    purpose    text NOT NULL,
    content    jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);

-- A course of an LMS. Nobody enters by it, and no score goes there, until an instructor accepts it.
CREATE TABLE lti_contexts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    platform_id     bigint NOT NULL REFERENCES lti_platforms ON DELETE CASCADE,
    deployment      text NOT NULL,
    context         text NOT NULL,
    title           text NOT NULL DEFAULT '',
    memberships_url text NOT NULL DEFAULT '',
    line_items_url  text NOT NULL DEFAULT '',
    may_make_items  boolean NOT NULL DEFAULT false,
    seen_at         timestamptz NOT NULL DEFAULT now(),
    course          text NOT NULL DEFAULT '',      -- of ours, that it was accepted for
    accepted_at     timestamptz CHECK ((accepted_at IS NULL) = (course = '')),
    UNIQUE (platform_id, deployment, context)
);

-- A resource link, and the homework that it opens.
CREATE TABLE lti_links (
    context_id bigint NOT NULL REFERENCES lti_contexts ON DELETE CASCADE,
    link       text NOT NULL,
    title      text NOT NULL DEFAULT '',
    assignment text NOT NULL,
    PRIMARY KEY (context_id, link)
);
CREATE INDEX lti_links_of_assignment ON lti_links (assignment);

-- A column of an LMS's gradebook for a homework.
CREATE TABLE lti_columns (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    context_id bigint NOT NULL REFERENCES lti_contexts ON DELETE CASCADE,
    assignment text NOT NULL,
    url        text NOT NULL,
    UNIQUE (context_id, assignment, url)
);

-- Who somebody of a platform is here.
CREATE TABLE lti_people (
    platform_id bigint NOT NULL REFERENCES lti_platforms ON DELETE CASCADE,
    subject     text NOT NULL,
    user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (platform_id, subject)
);
CREATE INDEX lti_people_of_user ON lti_people (user_id);

-- What they are in which course of the LMS.
CREATE TABLE lti_members (
    context_id bigint NOT NULL REFERENCES lti_contexts ON DELETE CASCADE,
    subject    text NOT NULL,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    role       text NOT NULL,
    is_active  boolean NOT NULL DEFAULT true,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (context_id, subject)
);
CREATE INDEX lti_members_of_user ON lti_members (user_id);

-- Whose score may have changed, written with what changed it; nobody: everybody's.
CREATE TABLE lti_due (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assignment text NOT NULL,
    user_id    bigint REFERENCES users ON DELETE CASCADE
);
CREATE INDEX lti_due_of_assignment ON lti_due (assignment);

-- Scores that were or will be sent; of a person and column only the newest is.
CREATE TABLE lti_scores (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    column_id     bigint NOT NULL REFERENCES lti_columns ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    subject       text NOT NULL,
    submission_id uuid NOT NULL,
    submitted_at  timestamptz NOT NULL,
    points        text NOT NULL,                   -- fractions, as in reports
    maximum       text NOT NULL,
    comment       text NOT NULL,
    is_new_work   boolean NOT NULL,
    stamped_at    timestamptz NOT NULL,            -- the time that the platform is given
    made_at       timestamptz NOT NULL DEFAULT now(),
    state         text NOT NULL DEFAULT 'waiting'
                  CHECK (state IN ('waiting', 'sent', 'overtaken', 'refused')),
    tries         integer NOT NULL DEFAULT 0,
    is_unanswered boolean NOT NULL DEFAULT false,  -- it was sent, and no answer came
    due_at        timestamptz NOT NULL DEFAULT now(),
    answered_at   timestamptz,
    answer        text NOT NULL DEFAULT ''
);
CREATE INDEX lti_scores_newest ON lti_scores (column_id, user_id, stamped_at DESC);
CREATE INDEX lti_scores_due ON lti_scores (due_at) WHERE state = 'waiting';

-- Whatever changes what a student gets says so, in its own transaction.
CREATE FUNCTION lti_due_for(slug text, student bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO lti_due (assignment, user_id)
    SELECT slug, student WHERE EXISTS (SELECT FROM lti_links WHERE assignment = slug)
$$;

CREATE FUNCTION lti_submission_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lti_due_for(NEW.assignment, CASE WHEN NEW.label = '' THEN NEW.user_id END);
    RETURN NULL;
END $$;
CREATE TRIGGER lti_submission_moved AFTER UPDATE OF current_run_id, label, user_id ON submissions
    FOR EACH ROW EXECUTE FUNCTION lti_submission_moved();

CREATE FUNCTION lti_graded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s submissions;
BEGIN
    SELECT * INTO s FROM submissions WHERE current_run_id = NEW.run_id;
    IF FOUND THEN
        PERFORM lti_due_for(s.assignment, CASE WHEN s.label = '' THEN s.user_id END);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lti_graded AFTER INSERT ON results FOR EACH ROW EXECUTE FUNCTION lti_graded();

CREATE FUNCTION lti_marked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s submissions;
BEGIN
    SELECT * INTO s FROM submissions WHERE id = NEW.submission_id;
    PERFORM lti_due_for(s.assignment, CASE WHEN s.label = '' THEN s.user_id END);
    RETURN NULL;
END $$;
CREATE TRIGGER lti_marked AFTER INSERT ON marks FOR EACH ROW EXECUTE FUNCTION lti_marked();

CREATE FUNCTION lti_standing_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was_or_is record;
BEGIN
    was_or_is := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    -- An extension goes with its person, of whom there is nothing to send then.
    IF EXISTS (SELECT FROM users WHERE id = was_or_is.user_id) THEN
        PERFORM lti_due_for(was_or_is.assignment, was_or_is.user_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lti_extended AFTER INSERT OR UPDATE OR DELETE ON extensions
    FOR EACH ROW EXECUTE FUNCTION lti_standing_changed();
CREATE TRIGGER lti_chosen AFTER INSERT OR UPDATE OR DELETE ON active_choices
    FOR EACH ROW EXECUTE FUNCTION lti_standing_changed();

-- Late days may change every homework of their student.
CREATE FUNCTION lti_late_days_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lti_due (assignment, user_id)
    SELECT DISTINCT assignment, NEW.user_id FROM lti_links;
    RETURN NULL;
END $$;
CREATE TRIGGER lti_late_days_changed AFTER INSERT ON late_day_changes
    FOR EACH ROW EXECUTE FUNCTION lti_late_days_changed();
