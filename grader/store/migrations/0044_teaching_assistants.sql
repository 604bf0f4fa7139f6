-- Teaching assistants mark and answer, without the rights of an instructor.
ALTER TABLE users
    DROP CONSTRAINT users_role_check,
    ADD CONSTRAINT users_role_check CHECK (role IN ('student', 'ta', 'instructor', 'admin', 'ci'));
