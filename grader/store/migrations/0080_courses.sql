-- A service has many courses, and people are enrolled in each as something. A homework's name stays
-- unique in the whole service; it belongs to the course that is named here, else to `main`.
CREATE TABLE courses (
    slug        text PRIMARY KEY CHECK (slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    title       text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    term        text NOT NULL DEFAULT '' CHECK (length(term) <= 200),
    created_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz  -- nothing is submitted any more
);
INSERT INTO courses (slug, title) VALUES ('main', 'Main course');

CREATE TABLE course_assignments (
    assignment text PRIMARY KEY,
    course     text NOT NULL REFERENCES courses ON UPDATE CASCADE
);

-- Who dropped a course keeps their work, and is counted and shown nowhere unless that is asked for.
CREATE TABLE enrolments (
    course  text NOT NULL REFERENCES courses ON UPDATE CASCADE,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    role    text NOT NULL CHECK (role IN ('student', 'ta', 'instructor', 'ci')),
    section text NOT NULL DEFAULT '',
    state   text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'dropped')),
    PRIMARY KEY (course, user_id)
);
CREATE INDEX enrolments_of_user ON enrolments (user_id);

-- What was one course is the course `main`; administrators are so of the whole service.
INSERT INTO enrolments (course, user_id, role, section)
SELECT 'main', id, role, section FROM users WHERE role <> 'admin' AND name <> 'somebody forgotten';
ALTER TABLE users ADD COLUMN admin boolean NOT NULL DEFAULT false;
UPDATE users SET admin = true WHERE role = 'admin';
ALTER TABLE users DROP COLUMN role, DROP COLUMN section;

-- What staff of one course issue for somebody is good in that course alone.
ALTER TABLE tokens ADD COLUMN course text REFERENCES courses ON UPDATE CASCADE;

ALTER TABLE late_day_changes
    ADD COLUMN course text NOT NULL DEFAULT 'main' REFERENCES courses ON UPDATE CASCADE;

-- Of entries about a homework the course is the homework's. Empty: of the service, or of a person.
ALTER TABLE audit_log ADD COLUMN course text NOT NULL DEFAULT '';
UPDATE audit_log SET course = 'main' WHERE assignment = '';
CREATE INDEX audit_log_of_course ON audit_log (course, id) WHERE assignment = '';
