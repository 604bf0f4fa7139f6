-- What may still change of an assignment's gradings, without a look at all of them; held runs, too.
CREATE INDEX runs_unfinished ON runs (id) WHERE state IN ('queued', 'held', 'running');
DROP INDEX runs_open;
