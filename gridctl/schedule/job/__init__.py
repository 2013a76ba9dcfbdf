"""A job as it is asked for: its numbers, its kind, and files that hold one."""
