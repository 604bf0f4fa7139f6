-- Versions also come from the course's folder on the service's machine, by themselves: what was in
-- force there, kept to be compared and graded by again. They pass no check, and are `ready` at once.
ALTER TABLE homework_versions
    ADD COLUMN origin text NOT NULL DEFAULT 'published' CHECK (origin IN ('published', 'folder'));
