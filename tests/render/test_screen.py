"""A screen in colour where it may be, and no taller than its window."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from gridctl.ops.overview import Overview
from gridctl.render.screen import clipped, write_overview

AT = datetime(2025, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def made_up() -> Overview:
    """A flat day, made up, with rejected rows."""
    unknown = ("renewable_pct", "zero_carbon_pct", "demand_mw", "grid_stress_score")
    now = {
        "timestamp": AT,
        "carbon_intensity": 90.0,
        "is_actual": False,
        "is_synthetic": True,
        "intensity_index": "low",
        **dict.fromkeys((*unknown, "wholesale_price_gbp_mwh")),
    }
    return Overview(
        at=AT, now=now, regions=[], windows=[], jobs=[], job_counts={},
        ahead=[(AT + i * timedelta(minutes=30), 90.0) for i in range(48)],
        sources=[], problem=None, payloads={}, rejects=3,
    )  # fmt: skip


def test_a_short_window_says_how_much_is_not_seen() -> None:
    screen = "\n".join("abcdef") + "\n"
    assert clipped(screen, 6) == "a\nb\nc\nd\ne\nf"
    assert clipped(screen, 4) == "a\nb\nc\n... 3 lines more in a taller window"


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_made_up_data_is_marked_in_colour_and_in_words(
    monkeypatch: pytest.MonkeyPatch, made_up: Overview
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = Terminal()
    write_overview(made_up, shown)
    assert "\x1b[1;35mSYNTHETIC DATA" in shown.getvalue()
    assert "\x1b[1;31mrejected 3" in shown.getvalue()
    assert "\x1b[1;31mfailed" not in shown.getvalue()


def test_without_colour_or_a_terminal_the_words_stay(
    monkeypatch: pytest.MonkeyPatch, made_up: Overview
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for stream in (Terminal(), io.StringIO()):
        write_overview(made_up, stream)
        assert "SYNTHETIC DATA" in stream.getvalue()
        assert not any(colour in stream.getvalue() for colour in ("35m", "31m", "36m"))


def test_a_stream_without_blocks_gets_plain_characters(made_up: Overview) -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    write_overview(made_up, ascii_only)
    ascii_only.seek(0)
    assert "__" in ascii_only.read()
