-- How long the work of an archived course is kept; without a number for ever.
ALTER TABLE courses
    ADD COLUMN keep_days  integer CHECK (keep_days BETWEEN 1 AND 36500),
    ADD COLUMN warned_at  timestamptz,  -- its instructors were told of the deletion to come
    ADD COLUMN emptied_at timestamptz;  -- its work was deleted

-- Everybody's points in every homework: made before the work goes, kept after it.
CREATE TABLE grade_archives (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    course  text NOT NULL REFERENCES courses ON UPDATE CASCADE,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    content bytea NOT NULL  -- a zip with a CSV file for each homework
);
CREATE INDEX grade_archives_of_course ON grade_archives (course, id);
