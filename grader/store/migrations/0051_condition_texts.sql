-- What a worker found wrong with a homework when it tried its tests; an API of its own cannot.
ALTER TABLE conditions ADD COLUMN said text NOT NULL DEFAULT '';
