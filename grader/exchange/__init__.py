"""Formats of other systems, except Gradescope's."""
