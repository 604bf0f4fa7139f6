"""What suite authors import."""
