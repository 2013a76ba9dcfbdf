"""A scheduled fetch in the user's crontab: one marked block, every other byte left alone."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shlex import quote

from gridctl import clock
from gridctl.config import SETTINGS, Config, Setting, config_path
from gridctl.errors import UsageError
from gridctl.model import SYNTHETIC
from gridctl.sources import find_source

FIRST_MARK = (
    "# >>> gridctl >>> made by `gridctl cron install`, which rewrites it up to the next mark"
)
LAST_MARK = "# <<< gridctl <<<"
# One line of a crontab can say only these: they divide the hour, or are hours that divide the day.
INTERVALS = tuple(
    timedelta(minutes=minutes)
    for minutes in (5, 6, 10, 12, 15, 20, 30, *(60 * h for h in (1, 2, 3, 4, 6, 8, 12, 24)))
)
JITTER = "60s"

_LINES = re.compile(r"[^\n]*\n|[^\n]+")  # str.splitlines would also break at form feeds and such
_FIRST = re.compile(r"\s*#\s*>>>\s*gridctl\s*>>>")
_LAST = re.compile(r"\s*#\s*<<<\s*gridctl\s*<<<")
_OURS = "fetch --if-free"  # in every line that was ever written between the marks
_REPLAN = "schedule replan"
_LONGEST = 998  # characters that the crons of Debian and Fedora take as a command
_NO_CRONTAB = re.compile(r"no crontab for|can't open '[^']*': no such file", re.I)  # or Busybox
_NOT_IN_CRON = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class NoCrontabError(UsageError):
    """This machine has no ``crontab`` program."""


@dataclass(frozen=True)
class Job:
    """A scheduled fetch: its crontab line, what the line starts, and the files it works on.

    ``left_out`` names variables of this environment that bear on the network and that the line
    does not carry.
    """

    line: str
    program: Sequence[str]
    database: Path
    log: Path
    left_out: Sequence[str]

    @property
    def block(self) -> str:
        """What stands in the crontab, marks included."""
        return f"{FIRST_MARK}\n{self.line}\n{LAST_MARK}\n"


def make_job(
    config: Config,
    every: timedelta,
    sources: Sequence[str],
    environ: Mapping[str, str],
    *,
    replan: bool = False,
) -> Job:
    """The job that fetches ``sources`` (none: those enabled) with the settings now in force.

    With ``replan`` the same line then reconsiders what waits to be run, also after a fetch that
    failed: some of the sources may have answered, and a start may have been missed.

    Raises :class:`UsageError` for an unknown source, an interval that a crontab cannot express, a
    secret among the variables, and a value that no crontab line can hold.
    """
    for name in sources:
        if name != SYNTHETIC:
            find_source(name)
    database = Path(os.path.abspath(config.database))
    log = database.with_suffix(".log")
    when = time_fields(every, spread(platform.node(), database))
    program = program_words()
    options = ["--quiet", "--db", str(database), "--log-file", str(log)]
    words = [*program, *options, *_OURS.split(), "--jitter", JITTER, *sources]
    left_out = [n for n in _NOT_IN_CRON if environ.get(n) or environ.get(n.lower())]
    then = [*program, *options, *_REPLAN.split()] if replan else []
    line = crontab_line(when, environment(config, environ), words, log, then)
    return Job(line, program, database, log, left_out)


# -- the line ---------------------------------------------------------------------------------


def spread(host: str, database: Path) -> int:
    """A number that stays the same for a machine and its database, and differs between them."""
    return int.from_bytes(
        hashlib.sha256(host.encode() + b"\n" + os.fsencode(database)).digest()[:8], "big"
    )


def time_fields(every: timedelta, spread: int) -> str:
    """The five time fields of a crontab line.

    ``spread`` chooses among the minutes, and hours, that come to the same interval, so that not
    every machine asks the publishers at once. None begins, the wait at random included, within the
    first two minutes of a half hour: the publishers are then about to change over. Raises
    :class:`UsageError` listing the intervals.
    """
    if every not in INTERVALS:
        known = ", ".join(map(clock.format_duration, INTERVALS))
        raise UsageError(f"--every {clock.format_duration(every)}: a crontab can do {known}")
    minutes = int(every / timedelta(minutes=1))
    step, hours = min(minutes, 60), max(minutes // 60, 1)
    starts = [s for s in range(step) if all(2 <= m % 30 <= 28 for m in range(s, 60, step))]
    spread, place = divmod(spread, len(starts))
    minute_field = ",".join(map(str, range(starts[place], 60, step)))
    hour_field = ",".join(map(str, range(spread % hours, 24, hours))) if hours > 1 else "*"
    return f"{minute_field} {hour_field} * * *"


def environment(
    config: Config, environ: Mapping[str, str], settings: Sequence[Setting] = SETTINGS
) -> dict[str, str]:
    """The variables that give cron the settings in force here, the database apart.

    Raises :class:`UsageError` for a secret: a crontab, and the command line that cron makes of it,
    are no place for one.
    """
    variables = {}
    # cron has no XDG_CONFIG_HOME: a config file found by way of it must be named as well
    by_name = config.path != config_path(None, {})
    if by_name or (environ.get("XDG_CONFIG_HOME") and config.path.exists()):
        variables["GRIDCTL_CONFIG"] = _absolute(config.path)
    for setting in settings:
        if config.origins[setting.name] != setting.variable or setting.name == "store.path":
            continue
        if setting.secret:
            raise UsageError(
                f"{setting.variable} is a secret, and secrets do not go into a crontab: put "
                f"{setting.key} under [{setting.section}] in {config.path} and unset the variable"
            )
        text = environ[setting.variable]
        variables[setting.variable] = _absolute(text) if _is_file(setting) else text
    if config.origins["store.lock_timeout"] == "--lock-timeout":
        seconds = config["store.lock_timeout"].total_seconds()
        variables["GRIDCTL_STORE_LOCK_TIMEOUT"] = f"{seconds:.10g}s"
    return variables


def _is_file(setting: Setting) -> bool:
    return setting.key.endswith("_file")


def _absolute(path: str | Path) -> str:
    return os.path.abspath(os.path.expanduser(path))


def crontab_line(
    when: str,
    variables: Mapping[str, str],
    words: Sequence[str],
    log: Path,
    then: Sequence[str] = (),
) -> str:
    """One crontab line, for ``sh``, which appends what the command says to ``log``.

    ``then`` is a second command, run whatever becomes of the first.

    Raises :class:`UsageError` when a word holds a line break or another control character, and when
    the line is longer than cron takes.
    """
    for text in (*variables.values(), *words, *then, str(log)):
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise UsageError(f"{text!r} holds a control character; a crontab line cannot")
    settings = [f"{name}={_word(value)}" for name, value in variables.items()]
    ending = [">>", _word(str(log)), "2>&1"]
    parts = [" ".join([*map(_word, command), *ending]) for command in (words, then) if command]
    if settings and then:
        parts.insert(0, " ".join(["export", *settings]))
    elif settings:
        parts[0] = " ".join([*settings, parts[0]])
    command = "; ".join(parts)
    if len(command) >= _LONGEST:
        raise UsageError(
            f"the crontab line would have {len(command)} characters, and cron takes {_LONGEST}: "
            "put settings into the config file instead of the environment, or use shorter paths"
        )
    return f"{when} {command}"


def _word(text: str) -> str:
    """``text`` as one word to ``sh`` by way of cron.

    To most crons a bare ``%`` ends the command and ``\\%`` stands for it; to others both are
    nothing special. ``\\%`` outside the quotes suits ``sh`` in either case. Some crons also make
    one of two backslashes in a row, so each is followed by an empty pair of quotes.
    """
    return r"\%".join(quote(part).replace("\\", "\\''") for part in text.split("%"))


def program_words() -> list[str]:
    """How this gridctl is started from anywhere. A link to it is kept: upgrades move its target."""
    called = Path(os.path.abspath(sys.argv[0]))
    if called.name == "gridctl" and called.is_file():
        return [str(called)]
    return [sys.executable, "-m", "gridctl"]


# -- the block within the crontab -------------------------------------------------------------


def split(crontab: str) -> list[str]:
    """The text before, in, and after each marked block in turn: blocks have the odd places.

    Raises :class:`UsageError` when the marks do not pair up or enclose a line that gridctl did not
    write: nobody can tell then which lines are the user's.
    """
    parts, opened = [""], 0
    for number, line in enumerate(_LINES.findall(crontab), 1):
        is_inside = len(parts) % 2 == 0
        is_first, is_last = _FIRST.match(line), _LAST.match(line)
        if is_first and is_inside:
            raise _torn(opened, "has no closing mark")
        if is_last and not is_inside:
            raise _torn(number, "closes nothing")
        if is_first:
            parts.append("")
            opened = number
        elif is_inside and not is_last and line.strip() and _OURS not in line:
            raise _torn(opened, f"begins a block with line {number} in it, not gridctl's own")
        parts[-1] += line
        if is_last:
            parts.append("")
    if len(parts) % 2 == 0:
        raise _torn(opened, "has no closing mark")
    return parts


def _torn(number: int, why: str) -> UsageError:
    return UsageError(
        f"nothing changed: the gridctl mark in line {number} of the crontab {why}; "
        f"put it right with `crontab -e` (a block is '# >>> gridctl >>>' to '{LAST_MARK}')"
    )


def with_block(crontab: str, block: str) -> str:
    """The crontab with this one block, in the place of the first there was, else at the end."""
    before, *rest = split(crontab)
    return _ended(before) + block + _ended("".join(rest[1::2]))


def without_block(crontab: str) -> str:
    """The crontab without any block of gridctl's."""
    return _ended("".join(split(crontab)[::2]))


def _ended(text: str) -> str:
    """``crontab`` refuses a last line that is not ended."""
    return text if not text or text.endswith("\n") else f"{text}\n"


# -- the crontab program ----------------------------------------------------------------------


def install(job: Job) -> str:
    """Put the job into the user's crontab: ``installed``, ``replaced`` or ``unchanged``.

    Raises :class:`UsageError` when cron could not start the program, and when the crontab cannot
    be read, understood or written; it is then as it was.
    """
    _check_that_cron_could_start(job.program)
    before = _read()
    after = with_block(before, job.block)
    job.log.parent.mkdir(parents=True, exist_ok=True)  # the line itself opens the log in it
    if after == before:
        return "unchanged"
    _write(after)
    return "replaced" if len(split(before)) > 1 else "installed"


def remove() -> bool:
    """Take the block out of the user's crontab; ``False`` when there was none."""
    before = _read()
    if len(split(before)) == 1:
        return False
    _write(without_block(before))
    return True


def installed() -> str:
    """The block in the user's crontab, empty when there is none."""
    return "".join(split(_read())[1::2])


def _check_that_cron_could_start(program: Sequence[str]) -> None:
    """Started from a source folder, ``python -m gridctl`` runs here and nowhere else."""
    home = str(Path.home())
    bare = {"HOME": home, "PATH": "/usr/bin:/bin"}
    try:
        ran = subprocess.run(
            [*program, "--version"], env=bare, cwd=home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        failure = ran.stderr.strip().splitlines()[-1:] or ["no reason given"]
        if ran.returncode == 0:
            return
    except OSError as error:
        failure = [str(error.strerror)]
    raise UsageError(
        f"cron could not start {' '.join(program)}: {failure[0]}; install gridctl, with pip or "
        "pipx, and run `gridctl cron install` from there"
    )


def _read() -> str:
    """The user's crontab; bytes that are not UTF-8 survive the way there and back."""
    code, listed, said = _crontab("-l")
    if code == 0:
        return listed
    if _NO_CRONTAB.search(said):
        return ""
    raise UsageError(f"`crontab -l` failed: {said or f'exit code {code}'}")


def _write(crontab: str) -> None:
    code, _, said = _crontab("-", crontab)
    if code != 0:
        raise UsageError(f"`crontab -` did not take the new crontab: {said or f'exit code {code}'}")


def _crontab(argument: str, given: str = "") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the ``crontab`` program."""
    try:
        ran = subprocess.run(
            ["crontab", argument],
            input=given.encode(errors="surrogateescape"),
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise NoCrontabError(
            "this machine has no crontab program: install cron (Debian and Ubuntu: apt install "
            "cron; Fedora: dnf install cronie), or put the line into another scheduler by hand"
        ) from None
    except OSError as error:
        raise UsageError(f"crontab cannot be run: {error.strerror}") from None
    out = ran.stdout.decode(errors="surrogateescape")
    return ran.returncode, out, ran.stderr.decode(errors="replace").strip()
