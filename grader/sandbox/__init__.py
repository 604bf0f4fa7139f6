"""Everything that knows Docker."""
