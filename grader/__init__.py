"""Autograder and test-suite service for deep-learning courses."""
