-- Marks follow an equal write-up whoever sent it, so whose work a submission is must be known: that is
-- grader/store/attribution.py's, and what counts where is grader/store/carried.py's.
DROP VIEW counting_marks;
CREATE INDEX submissions_of_equal_writeup ON submissions (assignment, writeup_sha256);
DROP INDEX submissions_of_writeup;
