"""Publishers on this machine: one site each, behaving as the real one does."""
