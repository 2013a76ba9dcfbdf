"""``gridctl report``: a page, or one line that says why not, and nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import gridctl as package
from gridctl.render.page import write

pytest.importorskip("vl_convert", reason="needs: pip install 'gridctl[report]'")
pytest.importorskip("jinja2", reason="needs: pip install 'gridctl[report]'")


@pytest.fixture
def page(tmp_path: Path, gridctl: Any) -> Path:
    """Where a page may be written; the database is there, and empty."""
    assert gridctl("init").code == 0
    return tmp_path / "page.html"


def test_an_empty_database_makes_a_page_that_says_what_to_run(page: Path, gridctl: Any) -> None:
    ran = gridctl("report", "--output", page, "--title", "Our <grid>")
    assert (ran.code, ran.out) == (0, "")
    assert f"wrote {page}: " in ran.err
    assert ran.err.endswith("\nno data yet: run gridctl fetch\n")
    text = page.read_text(encoding="utf-8")
    assert "<title>Our &lt;grid&gt;</title>" in text
    assert text.count("No data yet: run gridctl fetch") == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--last", "0d"], "before it ends"),
        (["--last", "3d", "--from", "-2d"], "not both"),
        (["--to", "+3h"], "future"),
        (["--last", "soon"], "not a duration"),
        (["--from", "never"], "not a time"),
    ],
)
def test_a_wrong_period_is_one_line(
    page: Path, gridctl: Any, arguments: list[str], said: str
) -> None:
    ran = gridctl("report", "--output", page, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert not page.exists()


def test_a_page_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, gridctl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder.html").mkdir()
    for target, said in (
        (tmp_path / "none" / "page.html", "there is no folder"),
        (tmp_path / "folder.html", "is a folder"),
        (tmp_path / "page.txt", "ends in .html"),
    ):
        ran = gridctl("report", "--output", target)  # the database is not there: never looked for
        assert ran.code == 2
        assert said in ran.err
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "may not be written" in gridctl("report", "-o", tmp_path / "page.html").err


def test_the_extra_is_named_when_it_is_not_there(
    page: Path, gridctl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "find_spec", lambda name: None)
    ran = gridctl("report", "--output", page)
    assert ran.code == 2
    assert ran.err == "error: a report needs: pip install 'gridctl[report]'\n"


def test_a_failed_write_leaves_the_old_page(
    page: Path, gridctl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    ran = gridctl("report", "--output", page)
    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert page.read_text() == "old"
    assert list(page.parent.glob(".page.html*")) == []


def test_no_database_is_exit_3(tmp_path: Path, gridctl: Any) -> None:
    ran = gridctl("--db", tmp_path / "none.duckdb", "report", "--output", tmp_path / "page.html")
    assert ran.code == 3
    assert not (tmp_path / "page.html").exists()


def test_nothing_is_said_of_a_lack_when_there_is_data(page: Path, gridctl: Any) -> None:
    assert gridctl("fetch", "synthetic").code == 0
    ran = gridctl("report", "--output", page)
    assert (ran.code, ran.err.count("\n")) == (0, 1)


def test_python_writes_the_same(page: Path, gridctl: Any) -> None:
    size = package.open(os.environ["GRIDCTL_DB"]).report(page, last="3d", end="now")
    assert size == page.stat().st_size
