"""Pure rules over many students: gradebook, roster, similarity, who may do what."""
