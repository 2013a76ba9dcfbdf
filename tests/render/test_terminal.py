"""Tables on a terminal: never too wide, every value there, said once where it never differs."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.render.layout import width_of
from gridctl.render.terminal import terminal_table

TEXT = st.text("ab _é漢\n", max_size=60)
MOMENT = datetime(2025, 7, 1, 14, tzinfo=UTC)
WIDE = [(f"measure_number_{i}", "DOUBLE") for i in range(9)]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_nothing_is_wider_and_no_number_breaks() -> None:
    columns = [("timestamp", "TIMESTAMP WITH TIME ZONE"), ("forecast_gco2_kwh", "DOUBLE"),
               ("intensity_index", "VARCHAR"), ("why", "VARCHAR")]  # fmt: skip
    row = (MOMENT, 123456.5, "very high", "because the wind dropped " * 8)
    out = terminal_table(columns, [row, row])
    assert max(len(line) for line in out.splitlines()) <= 80
    assert out.count("123456.5") == 2
    assert out.count("2025-07-01 14:00Z") == 2
    assert "".join(out.split()).count("because") == 16


@pytest.mark.usefixtures("terminal")
def test_too_wide_a_table_is_shown_in_panels_that_name_their_rows() -> None:
    columns = [("rank", "BIGINT"), ("region", "VARCHAR"), *WIDE]
    values = tuple(12345.678 + i for i in range(len(WIDE)))
    out = terminal_table(columns, [(1, "London", *values), (2, "North Scotland", *values)])
    assert max(len(line) for line in out.splitlines()) <= 80
    panels = out.split("\n\n")
    assert len(panels) == 2
    for panel in panels:
        assert panel.count("London") == panel.count("North Scotland") == 1
    for value in values:
        assert out.count(f"{value:.1f}") == 2


@pytest.mark.usefixtures("terminal")
def test_what_is_the_same_in_every_row_is_said_once_where_room_is_short() -> None:
    columns = [("region_id", "UUID"), ("region", "VARCHAR"), *WIDE[:5], ("hour", "BIGINT"),
               ("is_synthetic", "BOOLEAN"), ("place", "VARCHAR")]  # fmt: skip
    numbers = (0.0,) * 5
    same = (None, True, "Great Britain")
    out = terminal_table(columns, [(1, "London", *numbers, *same), (2, "Wales", *numbers, *same)])
    assert "in every row: is_synthetic=true, place=Great Britain\nin no row: hour\n" in out
    assert out.splitlines()[2].startswith("London ")  # the id does not name a row to people
    assert out.count("is_synthetic") == 1
    assert out.count("true") == 1
    assert out.split().count("0") == 10  # numbers are compared, the same or not


@pytest.mark.usefixtures("terminal")
def test_nothing_is_left_out_of_a_table_that_fits() -> None:
    out = terminal_table([("a", "VARCHAR"), ("b", "VARCHAR")], [("x", "y"), ("x", "y")])
    assert [line.split() for line in out.splitlines()] == [
        ["a", "b"], ["x", "y"], ["x", "y"],
    ]  # fmt: skip


def test_headings_take_the_room_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = [("carbon_intensity", "DOUBLE"), ("demand_mw", "DOUBLE")]
    heads = {}
    for width in (60, 30, 20):
        monkeypatch.setenv("COLUMNS", str(width))
        heads[width] = terminal_table(columns, [(1.0, 2.0), (3.0, 4.0)]).splitlines()[:-2]
    assert heads[60] == ["carbon_intensity (g/kWh)  demand_mw"]
    assert [line.split() for line in heads[30]] == [["carbon_intensity"], ["(g/kWh)", "demand_mw"]]
    assert [line.split() for line in heads[20]] == [["carbon_"], ["intensity"],
                                                    ["(g/kWh)", "demand_mw"]]  # fmt: skip


@pytest.mark.usefixtures("terminal")
def test_no_rows_name_their_columns_in_full() -> None:
    out = terminal_table(WIDE, [])
    assert out.split() == [name for name, _ in WIDE]
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.usefixtures("terminal")
def test_the_index_has_colour_and_other_words_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    rows = [("very low", "high"), ("high", "low")]
    out = terminal_table([("intensity_index", "VARCHAR"), ("risk", "VARCHAR")], rows)
    first, second = out.splitlines()[1:]
    assert first.startswith("\x1b[1;32mvery low")
    assert first.rstrip().endswith("high")
    assert second.startswith("\x1b[31mhigh")


@pytest.mark.usefixtures("terminal")
def test_times_are_in_the_zone_asked_for() -> None:
    column = ("timestamp", "TIMESTAMP WITH TIME ZONE")
    out = terminal_table([column], [(MOMENT,), (MOMENT,)], ZoneInfo("Europe/London"))
    assert out.count("2025-07-01 15:00 BST") == 2


@given(
    st.lists(st.tuples(TEXT, TEXT, st.floats()), min_size=1, max_size=4),
    st.integers(30, 160),
)  # fmt: skip
def test_never_wider_than_the_terminal(rows: list[tuple[str, str, float]], width: int) -> None:
    columns = [("name", "VARCHAR"), ("best_carbon_intensity", "VARCHAR"), ("share", "DOUBLE")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("NO_COLOR", "1")
        out = terminal_table(columns, rows)
    assert max(map(width_of, out.splitlines())) <= width


@pytest.mark.usefixtures("terminal")
def test_one_row_is_a_line_when_it_fits_and_else_a_record() -> None:
    out = terminal_table([("a", "BIGINT"), ("b", "VARCHAR")], [(1, "x [bold]")])
    assert out.split("\n")[1].split() == ["1", "x", "[bold]"]
    out = terminal_table(WIDE, [tuple(12345.678 for _ in WIDE)])
    lines = [line.split() for line in out.splitlines()]
    assert lines == [[name, "12345.7"] for name, _ in WIDE]
