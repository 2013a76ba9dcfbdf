"""The line of blocks, and text that uses the width there is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridctl.ops.overview import Overview
from gridctl.render.overview import overview_text, sparkline


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6))))
def test_a_block_for_each_value_and_a_space_for_a_gap(values: list[float | None]) -> None:
    drawn = sparkline(values)
    assert [block == " " for block in drawn] == [value is None for value in values]


def test_from_the_least_to_the_most() -> None:
    assert sparkline([0, 50, None, 100]) == "▁▅ █"
    assert sparkline([7, 7]) == "▁▁"


AT = datetime(2025, 11, 25, 12, tzinfo=UTC)
NAME = "a very long name " * 9


def seen() -> Overview:
    """A day of rising intensity and one job of a long name."""
    job = {"scheduled_start": AT, "status": "deferred", "workload_name": NAME}
    return Overview(
        at=AT, now=None, regions=[], windows=[], jobs=[job], job_counts={"deferred": 1},
        ahead=[(AT + i * timedelta(minutes=30), float(i)) for i in range(48)],
        sources=[], problem=None, payloads={"pending": 2}, rejects=3,
    )  # fmt: skip


def test_a_wider_terminal_shows_more() -> None:
    narrow, wide = (overview_text(seen(), width).splitlines() for width in (80, 140))
    for lines, width, blocks in ((narrow, 80, 1), (wide, 140, 2)):
        drawn = next(line for line in lines if "▁" in line)
        assert len(drawn.strip()) == 48 * blocks
        ticks = lines[lines.index(drawn) + 1]
        assert [ticks.index(at) for at in ("12:00", "18:00", "00:00")] == [
            2 + i * 12 * blocks for i in range(3)
        ]
        job = next(line for line in lines if "a very long" in line)
        assert len(job) <= width
        assert job.endswith("...")
    assert "Landing: pending 2, failed 0, rejected 3" in narrow
