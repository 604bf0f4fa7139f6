"""What routes and pages share of HTTP: problem details, bodies of uploads, event streams."""
