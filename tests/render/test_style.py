"""Where pictures may be written, and that nothing partial is left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from gridctl.errors import UsageError
from gridctl.render import style, tables


def figure():
    from matplotlib.figure import Figure

    return Figure(figsize=(1, 1))


def test_writes_by_the_ending_whatever_its_case(tmp_path):
    for name, begins in (("a.png", b"\x89PNG"), ("b.SVG", b"<?xml")):
        style.write_picture(figure, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begins)
    assert sorted(os.listdir(tmp_path)) == ["a.png", "b.SVG"]


@pytest.mark.parametrize("name", ["a.pdf", "a", ".png", "a.png.txt", ""])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"a picture ends in \.png or \.svg"):
        style.check_picture(tmp_path / name)


def test_no_folder_and_a_folder_in_the_way(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        style.check_picture(tmp_path / "no" / "a.png")
    (tmp_path / "a.png").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        style.check_picture(tmp_path / "a.png")


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="may not be written"):
        style.check_picture(tmp_path / "a.png")


def test_without_matplotlib_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'gridctl\[plot\]'"):
        style.check_picture(tmp_path / "a.png")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target: Path = tmp_path / "a.png"
    target.write_bytes(b"before")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tables.os, "replace", full)
    with pytest.raises(UsageError, match=r"cannot write .*a\.png: No space left on device"):
        style.write_picture(figure, target)
    assert target.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a.png"]
