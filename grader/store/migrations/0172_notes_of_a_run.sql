-- What is noted on a run's upload before there is a report: at intake, and when the files are read.
ALTER TABLE runs ADD COLUMN notes text[] NOT NULL DEFAULT '{}';
