"""Student Python as text: parsing, notebooks, signatures, solution markers. Nothing is run."""
