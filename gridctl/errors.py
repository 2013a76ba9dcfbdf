"""What can go wrong, arranged by what the user can do about it.

Every error carries one line for the user and the exit code of the command line.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command, documented in ``gridctl --help``."""

    OK = 0
    UNMET = 1  # the request could not be met
    USAGE = 2
    DATABASE = 3
    UPSTREAM = 4
    BAD_DATA = 5
    SIGNAL = 6  # the signal needed is missing, stale or synthetic
    INTERRUPTED = 130


class GridctlError(Exception):
    """Base of all expected errors: what happened, to which thing, what to try."""

    exit_code = ExitCode.UNMET


class UsageError(GridctlError):
    """The request itself is wrong: a flag, a unit, a time, a setting."""

    exit_code = ExitCode.USAGE


class DatabaseError(GridctlError):
    """The database is missing, locked, newer than this program, or damaged."""

    exit_code = ExitCode.DATABASE


class DatabaseBusyError(DatabaseError):
    """Another process holds the database and did not let go within the lock timeout."""


class UpstreamError(GridctlError):
    """A publisher did not answer, or answered with something unusable."""

    exit_code = ExitCode.UPSTREAM


class DataError(GridctlError):
    """A file or payload does not hold what it should."""

    exit_code = ExitCode.BAD_DATA


class SignalError(GridctlError):
    """The forecast a decision needs is missing, stale, or synthetic."""

    exit_code = ExitCode.SIGNAL


class StateError(GridctlError):
    """The workload is not in a state that allows what was asked; exit 1, as unmet."""
