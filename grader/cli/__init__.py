"""The command line: one module for each verb or family of verbs, and what only they need."""
