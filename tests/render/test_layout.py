"""Aligned columns, whatever the script."""

from hypothesis import given
from hypothesis import strategies as st

from gridctl.render.layout import plain_table, width_of


def test_wide_characters_take_two_places_and_accents_none() -> None:
    assert [width_of(text) for text in ("abc", "漢字", "e\u0301", "🙂", "שלום")] == [3, 4, 1, 2, 4]


@given(st.lists(st.text(max_size=9), min_size=1))
def test_the_second_column_begins_at_one_place(names: list[str]) -> None:
    table = plain_table([("name", "VARCHAR"), ("n", "VARCHAR")], [(name, "|") for name in names])
    starts = {width_of(line.rpartition("|")[0]) for line in table.splitlines()[1:]}
    assert len(starts) == 1
