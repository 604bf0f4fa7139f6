-- How gradings went in the last hour, without a look at all of them.
CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;
