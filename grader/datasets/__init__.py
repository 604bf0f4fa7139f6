"""Data sets on disk: where they come from, their formats, which half a sandbox sees."""
