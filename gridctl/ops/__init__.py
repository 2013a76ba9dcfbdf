"""Whole errands made of the parts below: the demo, the status screen, cron, checks."""
