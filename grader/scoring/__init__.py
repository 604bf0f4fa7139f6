"""From outcomes to points, and who may see which of them. Pure."""
