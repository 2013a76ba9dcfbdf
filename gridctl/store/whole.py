"""Files and folders written whole or not at all: built beside their place, then moved there.

What is being built lies in a hidden folder beside the target, named for the process at work. One
that was killed leaves only that folder, which the next to write there removes.
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from gridctl.errors import UsageError
from gridctl.store.leftovers import is_alive

IsReplaceable = Callable[[Path], bool]
_NOT_WRITTEN = (OSError, duckdb.IOException, sqlite3.OperationalError)


def check_folder(target: Path) -> None:
    """Raise :class:`UsageError` when the folder that ``target`` is to be in is not there.

    None is ever made: where a disk is not mounted, it would fill another one.
    """
    folder = Path(os.path.realpath(target)).parent
    if not os.path.isdir(folder):
        raise UsageError(f"cannot write {target}: there is no folder {folder}")


@contextmanager
def whole_file(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A path to write a file at; it is durable and at ``target`` when the block ends well.

    Raises :class:`UsageError` when the target exists, unless ``overwrite``, and when it cannot be
    written; ``target`` is then as it was.
    """
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file")
    if target.exists() and not target.is_file():
        raise UsageError(f"{target} is a pipe or a device; name a file")
    with _built_beside(target) as folder:
        _refuse_existing(target, overwrite)
        building = folder / target.name
        yield building
        _make_durable(building)
        _refuse_existing(target, overwrite)  # another may have been quicker
        os.replace(building, os.path.realpath(target))


@contextmanager
def whole_folder(
    target: Path, *, overwrite: bool = False, is_replaceable: IsReplaceable
) -> Iterator[Path]:
    """A folder to write files in; it is durable and at ``target`` when the block ends well.

    An empty folder there is used. One that holds anything is replaced as a whole, under
    ``overwrite`` and when all in it ``is_replaceable``. Raises :class:`UsageError` as
    :func:`whole_file` does.
    """
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; name a folder")
    with _built_beside(target) as folder:
        _refuse_full(target, overwrite, is_replaceable)
        building = folder / "new"
        building.mkdir()
        yield building
        for file in building.iterdir():
            _make_durable(file)
        _refuse_full(target, overwrite, is_replaceable)  # another may have been quicker
        place = Path(os.path.realpath(target))
        if place.exists():
            os.rename(place, folder / "old")
        try:
            os.rename(building, place)
        except BaseException:
            _put_back(folder, place)
            raise


def _refuse_existing(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise UsageError(f"{target} exists; replace it with --overwrite, or name another")


def _refuse_full(target: Path, overwrite: bool, is_replaceable: IsReplaceable) -> None:
    content = list(target.iterdir()) if target.exists() else []
    if content and not overwrite:
        raise UsageError(
            f"{target} is not empty; replace what is in it with --overwrite, or name another"
        )
    for entry in content:
        if not is_replaceable(entry):
            raise UsageError(
                f"{target} also holds {entry.name}, which no export wrote; name another folder"
            )


@contextmanager
def _built_beside(target: Path) -> Iterator[Path]:
    check_folder(target)
    place = Path(os.path.realpath(target))
    try:
        _remove_abandoned(place)
        folder = _folder_beside(place)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        _make_durable(place.parent)
    except _NOT_WRITTEN as error:
        raise UsageError(f"cannot write {target}: {_reason(error)}") from None


def _folder_beside(place: Path) -> Path:
    """A folder of this process on the same disk, so that moving from it is one step."""
    return Path(
        tempfile.mkdtemp(prefix=f".{place.name}.{os.getpid()}.", suffix=".new", dir=place.parent)
    )


def _remove_abandoned(target: Path) -> None:
    """Remove what processes that are gone left beside ``target``, and undo half a replacement."""
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*.new"):
        pid = leftover.name.removeprefix(f".{target.name}.").split(".")[0]
        if pid.isdigit() and not is_alive(int(pid)):
            _put_back(leftover, target)
            shutil.rmtree(leftover, ignore_errors=True)


def _put_back(folder: Path, place: Path) -> None:
    if not place.exists():
        with suppress(OSError):
            os.rename(folder / "old", place)


def _make_durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: BaseException) -> str:
    full = os.strerror(errno.ENOSPC)
    if full in str(error):  # wherever the engine wraps it up
        return full
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return str(text.splitlines()[0])
