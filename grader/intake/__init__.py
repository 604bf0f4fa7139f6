"""From an upload to a checked tree of files."""
