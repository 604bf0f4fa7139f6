"""The wire between suites and submissions, and both of its ends."""
