"""JSON over HTTP: routes, uploads, problem details."""
