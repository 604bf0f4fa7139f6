"""The only place that knows SQL, and where uploads' bytes lie."""
