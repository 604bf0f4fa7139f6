-- How many tests a run ran, and how many results it kept, without a look into its report.
ALTER TABLE results
    ADD COLUMN ran integer GENERATED ALWAYS AS ((report ->> 'ran')::integer) STORED,
    ADD COLUMN kept integer GENERATED ALWAYS AS ((report ->> 'kept')::integer) STORED;
