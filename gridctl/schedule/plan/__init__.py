"""Many jobs at once under limits of power: a plan, a bound on the best, and the gap between."""
