-- A machine that is gone says no more that something has ended.
ALTER TABLE conditions ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();
