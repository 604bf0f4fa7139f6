"""Processes that give up their rights before they read hostile bytes."""
