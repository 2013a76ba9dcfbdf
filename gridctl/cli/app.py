"""The Typer application, the options every command takes, and what commands share."""

from __future__ import annotations

import logging
import shutil
import sys
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gridctl import clock
from gridctl.config import Config, load_config
from gridctl.errors import UsageError

EPILOG = (
    "Exit codes: 0 ok; 1 the request could not be met; 2 usage; 3 database; 4 upstream; "
    "5 bad data in a file; 6 the signal is missing, stale or synthetic; 130 interrupted. "
    "The options above may also follow any command."
)
_WITH_VALUE = ("--db", "--config", "--lock-timeout", "--log-file")
_FLAGS = ("-q", "--quiet", "-v", "--verbose", "--debug")


class RowFormat(StrEnum):
    """Output formats of commands that print rows."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"


class Format(StrEnum):
    """Output formats of commands that print rows or write them to a file."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"
    PARQUET = "parquet"


class ReportFormat(StrEnum):
    """Output formats of commands that report on what they did."""

    TABLE = "table"
    JSON = "json"


class ObjectiveChoice(StrEnum):
    """What is made least."""

    CARBON = "carbon"
    COST = "cost"
    BALANCED = "balanced"


class GlobalOptionsAnywhere(TyperGroup):
    """Lets the options of the program follow the command too: ``gridctl query NAME --db FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first, rest = _hoist(args)
        return super().parse_args(ctx, first + rest)


def _hoist(args: list[str]) -> tuple[list[str], list[str]]:
    first: list[str] = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _WITH_VALUE:
            value = next(words, None)
            if value is None:
                raise UsageError(f"{word} needs a value")
            first += [word, value]
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            first.append(word)
        else:
            rest.append(word)
    return first, rest


@dataclass
class Session:
    """What a command needs to know: the settings, the time, and how much to say."""

    config: Config
    quiet: bool
    verbose: bool

    @property
    def database(self) -> Path:
        return self.config.database

    @property
    def lock_timeout(self) -> timedelta:
        return self.config["store.lock_timeout"]  # type: ignore[no-any-return]

    def say(self, message: str) -> None:
        """Talk goes to stderr, and is left out under ``--quiet``."""
        if not self.quiet:
            sys.stderr.write(f"{_folded(message)}\n")

    def say_applied(self, steps: list[str]) -> None:
        """Which steps brought the schema up to date."""
        what = f"applied {', '.join(steps)}" if steps else "already up to date"
        self.say(f"{self.database}: {what}")

    def say_if_behind(self) -> None:
        """That the copy for readers could not follow a load, where one is wanted."""
        from gridctl.store.read_copy import behind

        if self.config["store.read_copy"] and (problem := behind(self.config)):
            self.say(problem)

    def complain(self, message: str) -> None:
        """What went wrong beside the main thing, as one line on stderr."""
        sys.stderr.write(f"error: {' '.join(message.split())}\n")

    def time(self, text: str | None, now: datetime | None = None) -> datetime | None:
        """A time option in UTC, ``None`` when it was not given; ``+6h`` counts from ``now``."""
        return None if text is None else clock.parse_time(text, now or clock.now(), self.say)

    def zone(self, name: str | None, format: Format) -> tzinfo:
        """The zone that tables show times in; the formats for programs keep to UTC, and say so."""
        if name is None:
            return UTC
        found = clock.find_zone(name)
        if format not in (Format.TABLE, Format.MARKDOWN):
            self.say(f"note: --tz is for tables; {format} has its times in UTC")
        return found


def _folded(message: str) -> str:
    """Lines that fit the terminal; elsewhere as they are, for whoever searches a log."""
    if not sys.stderr.isatty():
        return message
    width = shutil.get_terminal_size().columns
    return textwrap.fill(
        message, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


app = typer.Typer(
    name="gridctl",
    cls=GlobalOptionsAnywhere,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RowFormatOption = Annotated[
    RowFormat, typer.Option("--format", "-f", help="How to print the answer.")
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format", "-f", help="How to print the answer. Default: as --output ends, else table."
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")
]
ZoneOption = Annotated[
    str | None,
    typer.Option("--tz", metavar="ZONE", help="Show times in this zone, as Europe/London."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="Answer as of this past moment.")
]


def _print_version(wanted: bool) -> None:
    if wanted:
        from gridctl import __version__

        typer.echo(f"gridctl {__version__}")
        raise typer.Exit


@app.callback()
def main(
    ctx: typer.Context,
    db: Annotated[str | None, typer.Option("--db", metavar="PATH", help="The DuckDB file.")] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="PATH", help="The config file.")
    ] = None,
    lock_timeout: Annotated[
        str | None,
        typer.Option("--lock-timeout", metavar="DURATION", help="Wait for a busy database."),
    ] = None,
    log_file: Annotated[
        str | None, typer.Option("--log-file", metavar="PATH", help="Keep a rotating log here.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of bugs.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Carbon-aware and grid-aware computing in Great Britain."""
    settings = load_config(config).with_database(db)
    if lock_timeout is not None:
        settings = settings.with_value(
            "store.lock_timeout", clock.parse_duration(lock_timeout), "--lock-timeout"
        )
    _start_logging(log_file, verbose=verbose)
    ctx.obj = Session(settings, quiet, verbose)


def _start_logging(log_file: str | None, *, verbose: bool) -> None:
    logger = logging.getLogger("gridctl")
    logger.handlers.clear()
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    if verbose:
        logger.addHandler(logging.StreamHandler())
    if log_file:
        from logging.handlers import RotatingFileHandler

        handler = RotatingFileHandler(log_file, maxBytes=1_000_000, backupCount=3)
        formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = lambda seconds: datetime.fromtimestamp(seconds or 0, UTC).timetuple()
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
