"""LTI 1.3, the tool's side of it: launches, deep linking, rosters and scores of an LMS. No SQL."""
