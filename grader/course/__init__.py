"""Pure rules over many students: gradebook, roster, similarity."""
