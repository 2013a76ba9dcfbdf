"""Replay a trace of jobs over a signal that was, under several policies, and compare them."""
