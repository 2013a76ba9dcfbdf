"""Whole errands made of the parts below: the demo."""
