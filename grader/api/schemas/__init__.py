"""What the JSON routes take and answer."""
