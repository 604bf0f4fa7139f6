"""Running inside Gradescope's container, and Gradescope's files."""
