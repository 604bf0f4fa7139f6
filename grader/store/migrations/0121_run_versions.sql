-- Which version of its homework a run was graded by, where one is kept; of a regrade's group the
-- one that was asked for, instead of the one in force.
ALTER TABLE runs ADD COLUMN version integer;
ALTER TABLE run_groups ADD COLUMN version integer;

-- Of what was graded so far: the newest version with these tests that was published before.
UPDATE runs r SET version = known.number
  FROM (SELECT DISTINCT ON (o.id) o.id, v.number
          FROM runs o
          JOIN results x ON x.run_id = o.id
          JOIN submissions s ON s.id = o.submission_id
          JOIN homework_versions v ON v.assignment = s.assignment
                                  AND v.suite_version = x.suite_version
                                  AND v.live_at <= o.finished_at
         ORDER BY o.id, v.number DESC) known
 WHERE known.id = r.id;
