-- The engine asks for each candidate whether an earlier job has the same lock. Its own index begins
-- with the id, so that a claim reads all of it; with thousands waiting that takes seconds whenever
-- the planner has no statistics of them yet.
CREATE INDEX jobs_by_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');
