"""The line of blocks."""

from hypothesis import given
from hypothesis import strategies as st

from gridctl.render.overview import sparkline


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6))))
def test_a_block_for_each_value_and_a_space_for_a_gap(values: list[float | None]) -> None:
    drawn = sparkline(values)
    assert [block == " " for block in drawn] == [value is None for value in values]


def test_from_the_least_to_the_most() -> None:
    assert sparkline([0, 50, None, 100]) == "▁▅ █"
    assert sparkline([7, 7]) == "▁▁"
