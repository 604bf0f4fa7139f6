"""Making a homework: template, scaffold, and the check that a suite finds mistakes."""
