-- Who marks whose work in a task. By the login (or the label) that the gradebook has, so that a
-- share stays when a newer submission counts.
CREATE TABLE marking_shares (
    assignment text NOT NULL,
    task       text NOT NULL,
    student    text NOT NULL CHECK (student <> ''),
    marker_id  bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (assignment, task, student)
);
