"""A SQLite file beside the database that keeps every payload, and what fetching remembers."""

from gridctl.landing.call import Call, Counts, Waiting
from gridctl.landing.journal import Landing, Settled

__all__ = ["Call", "Counts", "Landing", "Settled", "Waiting"]
