"""The trust boundary: what crosses between trusted suite and untrusted submission."""
