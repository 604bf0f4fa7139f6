-- What instructors set for their course, above course.toml, field by field; see
-- grader/course/course_settings.py. The version counts all changes of the course, title and term
-- included, so that of two who edit at once neither overwrites the other unseen.
ALTER TABLE courses
    ADD COLUMN settings jsonb NOT NULL DEFAULT '{}',   -- {"late_days": {"value", "by", "at"}}
    ADD COLUMN settings_version integer NOT NULL DEFAULT 0;
