-- A mark counts for every submission of one person that has the same write-up, so that a newer
-- upload of the code does not lose it.

-- The write-up by its content; of submissions that have none, everything that was sent.
ALTER TABLE submissions ADD COLUMN writeup_sha256 text;
UPDATE submissions SET writeup_sha256 = content_sha256;
ALTER TABLE submissions ALTER COLUMN writeup_sha256 SET NOT NULL;
CREATE INDEX submissions_of_writeup ON submissions (user_id, assignment, label, writeup_sha256);

-- The mark of each submission and task that counts: its own newest version, else the newest of a
-- submission with the same write-up. A carried mark has version 0: here nobody has marked yet.
CREATE VIEW counting_marks AS
SELECT DISTINCT ON (s.id, m.task)
       s.id AS submission_id, m.task,
       CASE WHEN m.submission_id = s.id THEN m.version ELSE 0 END AS version,
       m.points, m.items, m.comment, m.marked_by, m.marked_at,
       CASE WHEN m.submission_id = s.id THEN NULL ELSE m.submission_id END AS carried_from
  FROM submissions s
  JOIN submissions o
    ON o.user_id = s.user_id AND o.assignment = s.assignment AND o.label = s.label
   AND o.writeup_sha256 = s.writeup_sha256
  JOIN marks m ON m.submission_id = o.id
 ORDER BY s.id, m.task, m.submission_id = s.id DESC, m.marked_at DESC, m.version DESC;
