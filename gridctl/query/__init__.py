"""Questions: the catalogue of canned ones, and users' own SQL behind a guard."""
