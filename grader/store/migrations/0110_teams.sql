-- Students who submit a homework together. A team that was dissolved stays, without members: it says
-- which submissions were made by the same team.
CREATE TABLE teams (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assignment   text NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    dissolved_at timestamptz
);
CREATE INDEX teams_of_assignment ON teams (assignment) WHERE dissolved_at IS NULL;

-- Nobody is in two teams of one homework.
CREATE TABLE team_members (
    assignment text NOT NULL,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    team_id    bigint NOT NULL REFERENCES teams ON DELETE CASCADE,
    joined_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment, user_id)
);
CREATE INDEX team_members_of_team ON team_members (team_id);
CREATE INDEX team_members_of_user ON team_members (user_id);

-- Who accepts joins the team of whoever invited them, which is made if there is none yet.
CREATE TABLE team_invitations (
    assignment text NOT NULL,
    inviter_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    invited_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment, inviter_id, invited_id),
    CHECK (inviter_id <> invited_id)
);
CREATE INDEX team_invitations_of_invited ON team_invitations (invited_id);
CREATE INDEX team_invitations_of_inviter ON team_invitations (inviter_id);

ALTER TABLE submissions ADD COLUMN team_id bigint REFERENCES teams ON DELETE SET NULL;
CREATE INDEX submissions_of_team ON submissions (team_id) WHERE team_id IS NOT NULL;

-- Whose work a submission is besides its sender's: who was in the team when it was submitted.
CREATE TABLE submission_mates (
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (submission_id, user_id)
);
CREATE INDEX submission_mates_of_user ON submission_mates (user_id);

-- What changes a team's score changes each member's.
CREATE FUNCTION lti_due_of(s submissions) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lti_due_for(s.assignment, CASE WHEN s.label = '' THEN s.user_id END);
    PERFORM lti_due_for(s.assignment, m.user_id)
       FROM submission_mates m WHERE m.submission_id = s.id;
END $$;

CREATE OR REPLACE FUNCTION lti_submission_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lti_due_of(NEW);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION lti_graded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s submissions;
BEGIN
    SELECT * INTO s FROM submissions WHERE current_run_id = NEW.run_id;
    IF FOUND THEN
        PERFORM lti_due_of(s);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION lti_marked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s submissions;
BEGIN
    SELECT * INTO s FROM submissions WHERE id = NEW.submission_id;
    PERFORM lti_due_of(s);
    RETURN NULL;
END $$;

-- Whoever is given a submission, or loses it.
CREATE FUNCTION lti_mate_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mate submission_mates;
BEGIN
    mate := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    PERFORM lti_due_for(s.assignment, mate.user_id) FROM submissions s
      WHERE s.id = mate.submission_id AND EXISTS (SELECT FROM users WHERE id = mate.user_id);
    RETURN NULL;
END $$;
CREATE TRIGGER lti_mate_changed AFTER INSERT OR DELETE ON submission_mates
    FOR EACH ROW EXECUTE FUNCTION lti_mate_changed();
