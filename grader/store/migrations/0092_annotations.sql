-- What staff wrote next to a line of code or a place of a PDF. The place stays; a changed text is
-- another version, an empty one takes the annotation back.
CREATE TABLE annotations (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    path          text NOT NULL CHECK (path <> ''),
    first_line    integer CHECK (first_line >= 1),
    last_line     integer CHECK (last_line >= first_line),
    page          integer CHECK (page >= 1),
    place         text NOT NULL DEFAULT '',  -- on the page, in words
    CHECK (num_nonnulls(first_line, page) = 1 AND num_nonnulls(last_line, page) = 1)
);
CREATE INDEX annotations_of_submission ON annotations (submission_id);

CREATE TABLE annotation_versions (
    annotation_id bigint NOT NULL REFERENCES annotations ON DELETE CASCADE,
    version       integer NOT NULL CHECK (version >= 1),
    text          text NOT NULL,
    author        text NOT NULL CHECK (author <> ''),
    at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (annotation_id, version)
);

-- Each annotation as it is now, for every submission it belongs to: what is written on a page of a
-- write-up goes with the write-up, as marks do.
CREATE VIEW counting_annotations AS
SELECT s.id AS submission_id, a.id, a.path, a.first_line, a.last_line, a.page, a.place,
       v.version, v.text, v.author, v.at,
       CASE WHEN a.submission_id = s.id THEN NULL ELSE a.submission_id END AS carried_from
  FROM submissions s
  JOIN submissions o
    ON o.user_id = s.user_id AND o.assignment = s.assignment AND o.label = s.label
   AND o.writeup_sha256 = s.writeup_sha256
  JOIN annotations a ON a.submission_id = o.id AND (o.id = s.id OR a.page IS NOT NULL)
 CROSS JOIN LATERAL (
       SELECT version, text, author, at FROM annotation_versions
        WHERE annotation_id = a.id ORDER BY version DESC LIMIT 1) v;
