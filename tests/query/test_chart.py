"""What a query's comment says of its chart."""

import pytest

from gridctl.query.chart import Chart, read_chart


def test_a_line_of_several_columns() -> None:
    assert read_chart("line timestamp : forecast actual : g/kWh") == Chart(
        "line", "timestamp", ("forecast", "actual"), "g/kWh"
    )


def test_a_line_for_each_value_of_a_column() -> None:
    assert read_chart("line timestamp by region : price : GBP/MWh").by == "region"


def test_a_heatmap_has_two_axes_and_one_value() -> None:
    assert read_chart("heatmap hour region : mean : g/kWh").down == "region"


@pytest.mark.parametrize(
    "text",
    [
        "pie a : b : %",
        "line a : b",
        "heatmap a : b : %",
        "line a b : c : %",
        "heatmap a b : c d : %",
        "line a by k : b c : %",
        "line a :  : %",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="chart"):
        read_chart(text)
