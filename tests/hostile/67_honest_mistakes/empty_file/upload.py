"""A required file of no bytes."""

UPLOADS = {"nothing_in_it": lambda: [("layers.py", b"")]}
