"""The page as text: whole, small, closed to the outside, and nothing in it taken for markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.page.made import HOSTILE

from gridctl.render.page.decisions import decisions_figure
from gridctl.render.page.outlook import outlook_figure
from gridctl.render.page.page import page_of, safe_json
from gridctl.render.page.timelines import demand_figure
from gridctl.render.page.words import number, pounds, share
from gridctl.report.gather import Report

VOID = {"meta", "br", "img", "input", "link", "hr"}


class Reader(HTMLParser):
    """The page as a browser sees it: tags with attributes, scripts, and text elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script":
            self.scripts.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts[-1] += data
        elif self.open[-1:] != ["style"]:
            self.text += data


@pytest.fixture(scope="module")
def seen(html: str) -> Reader:
    return Reader(html)


def test_every_element_is_closed(seen: Reader) -> None:
    assert seen.open == []


def test_it_is_small(page_file: Path) -> None:
    assert page_file.stat().st_size < 5_000_000


def test_it_asks_nobody_for_anything(seen: Reader) -> None:
    loading = [tag for tag, attrs in seen.tags if {"src", "action", "srcset", "data"} & set(attrs)]
    assert loading == []
    assert {tag for tag, _ in seen.tags} & {"link", "img", "iframe", "object", "embed"} == set()
    assert all(attrs["href"].startswith("#") for tag, attrs in seen.tags if tag == "a")
    style = (Path(page_of.__code__.co_filename).parent / "page.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_no_handler_stands_in_the_markup(seen: Reader) -> None:
    assert [name for _, attrs in seen.tags for name in attrs if name.startswith("on")] == []


def test_the_policy_admits_the_two_scripts_and_nothing_else(seen: Reader) -> None:
    (policy,) = [attrs["content"] for _, attrs in seen.tags if "http-equiv" in attrs]
    data, *scripts = seen.scripts
    assert json.loads(data)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert len(hashes) == 2
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == set(hashes)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]


def test_hostile_names_are_text(html: str, seen: Reader) -> None:
    shown = HOSTILE.replace("\u2028", "")
    assert shown in seen.text.replace("\u2028", "")
    assert "img" not in {tag for tag, _ in seen.tags}
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", html)[0]
    params = [p["value"] for f in json.loads(seen.scripts[0]) for p in f["spec"]["params"]]
    assert any(HOSTILE in value for value in params if isinstance(value, list))


def test_what_is_made_up_is_said_to_be(seen: Reader) -> None:
    assert "Synthetic data." in seen.text
    marks = [attrs for _, attrs in seen.tags if attrs.get("class") == "mark"]
    assert len(marks) == 10


def test_some_or_all_of_it_is_made_up(report: Report, seen: Reader) -> None:
    assert "All of what is shown was made up" in seen.text
    quality = report.quality
    rows = [{**row, "synthetic_rows": 0} for row in quality.freshness[:1]]
    real = replace(report, quality=replace(quality, freshness=[*rows, *quality.freshness[1:]]))
    assert "Some of what is shown was made up" in page_of(real)


def test_series_without_values_are_in_no_legend(seen: Reader) -> None:
    buttons = [(a["data-figure"], a["data-series"]) for _, a in seen.tags if "data-series" in a]
    assert [key for figure, key in buttons if figure == "demand"] == ["outturn"]
    assert "Without a value in this period: forecast a day ahead." in seen.text
    assert "Without a value in this period: system price." in seen.text
    assert "coal." not in seen.text  # nought is a value


@pytest.mark.parametrize(
    ("outturn", "keys", "note"),
    [
        (30000.0, ["outturn"], "Not drawn, for the last step alone has a value: forecast a day"),
        (None, ["day_ahead"], "Without a value in this period: outturn."),
    ],
)
def test_a_value_in_the_last_step_alone_is_drawn_where_there_is_no_other(
    report: Report, outturn: float | None, keys: list[str], note: str
) -> None:
    times = [row[0] for row in report.demand.timeline.rows]
    rows = [*((time, outturn, None) for time in times[:-1]), (times[-1], outturn, 31000.0)]
    demand = replace(report.demand, timeline=replace(report.demand.timeline, rows=rows))
    figure = demand_figure(replace(report, demand=demand))
    assert [series.key for series in figure.series] == keys
    assert any(said.startswith(note) for said in figure.notes)


def test_an_outlook_without_actuals_names_none(report: Report) -> None:
    slots = [replace(slot, actual=None) for slot in report.outlook.slots]
    figure = outlook_figure(replace(report, outlook=replace(report.outlook, slots=slots)))
    assert "actual" not in [series.key for series in figure.series]
    assert "Without a value in these days: actual." in figure.notes


def test_jobs_that_were_asked_for_at_no_time_have_no_mark_for_it(report: Report) -> None:
    told = [replace(one, asked_start=None) for one in report.decisions.told]
    figure = decisions_figure(replace(report, decisions=replace(report.decisions, told=told)))
    assert [series.key for series in figure.series] == ["run"]
    assert "When they would have begun is known of none." in figure.notes


def test_a_gap_stays_a_gap(seen: Reader) -> None:
    (carbon,) = [f for f in json.loads(seen.scripts[0]) if f["id"] == "carbon"]
    rows = carbon["spec"]["datasets"]["rows"]
    assert sum(row["actual"] is None and row["forecast"] is None for row in rows) == 12
    assert len({b["t"] - a["t"] for a, b in pairwise(rows)}) == 1
    assert "Missing: 12 of" in seen.text


def test_every_figure_has_words_and_a_table(seen: Reader) -> None:
    titles = [attrs["id"] for tag, attrs in seen.tags if tag == "h2"]
    sentences = [attrs["id"] for _, attrs in seen.tags if attrs.get("class") == "says"]
    assert [title.removesuffix("-title") for title in titles] == [
        sentence.removesuffix("-says") for sentence in sentences
    ]
    assert sum(tag == "table" for tag, _ in seen.tags) >= 10
    assert all("scope" in attrs for tag, attrs in seen.tags if tag == "th")


def test_ids_are_unique_and_links_lead_somewhere(seen: Reader) -> None:
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for tag, attrs in seen.tags if tag == "a"} <= set(ids)


def test_the_same_report_is_the_same_page(report: Report, html: str) -> None:
    assert page_of(report) == html


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_json_is_inert_and_unchanged(document: Any) -> None:
    text = str(safe_json(document))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == document


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(1234.56, 1), "1,234.6"),
        (number(-0.04, 1), "0.0"),
        (number(None), "–"),
        (pounds(-3), "-£3.00"),
        (pounds(1234.5), "£1,234.50"),
        (share(1, 1000), "under 1 %"),
        (share(0, 1000), "0 %"),
        (share(999.9, 1000), "over 99 %"),
        (share(1000, 1000), "100 %"),
    ],
)
def test_numbers_are_spelled_for_people(shown: str, expected: str) -> None:
    assert shown == expected
