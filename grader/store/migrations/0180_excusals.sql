-- For whom a homework does not count.
CREATE TABLE excusals (
    assignment text NOT NULL,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    reason     text NOT NULL,
    excused_by text NOT NULL,
    excused_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment, user_id)
);
CREATE INDEX excusals_of_user ON excusals (user_id);

CREATE TRIGGER lti_excused AFTER INSERT OR UPDATE OR DELETE ON excusals
    FOR EACH ROW EXECUTE FUNCTION lti_standing_changed();
