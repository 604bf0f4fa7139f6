-- That somebody was forgotten, when and how much it was; not who.
CREATE TABLE erasures (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submissions integer NOT NULL CHECK (submissions >= 0),
    uploads     integer NOT NULL CHECK (uploads >= 0),
    at          timestamptz NOT NULL DEFAULT now()
);
