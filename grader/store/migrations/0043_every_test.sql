-- A regrade runs the tests that can have changed and keeps the other results, unless it is to run all.
ALTER TABLE run_groups ADD COLUMN every_test boolean NOT NULL DEFAULT false;
