-- Where an annotation of lines stands in a newer submission of the same people, found once; without
-- lines: the newer one has them no longer. What shows where is grader/store/annotations.py's.
CREATE TABLE annotation_moves (
    annotation_id bigint NOT NULL REFERENCES annotations ON DELETE CASCADE,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    first_line    integer CHECK (first_line >= 1),
    last_line     integer CHECK (last_line >= first_line),
    CHECK ((first_line IS NULL) = (last_line IS NULL)),
    PRIMARY KEY (annotation_id, submission_id)
);
CREATE INDEX annotation_moves_of_submission ON annotation_moves (submission_id);
DROP VIEW counting_annotations;
