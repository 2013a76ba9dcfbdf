"""Answers as charts: one description, drawn in characters or as a picture."""
