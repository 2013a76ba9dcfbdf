"""What a job's electricity costs its operator, and what its flexibility may earn."""
