"""What becomes of a workload after it was decided: listed, started, replanned, settled."""
