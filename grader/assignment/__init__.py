"""One homework as data: its manifest, its schedule, the files that the course provides."""
