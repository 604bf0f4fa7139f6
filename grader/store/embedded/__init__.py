"""The PostgreSQL server that the service brings along: its programs, its start and its end."""
