"""What a MWh costs by a tariff, on ordinary days and when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.clock import LONDON
from gridctl.config import load_config
from gridctl.errors import UsageError
from gridctl.schedule.money.tariff import make_tariff, parse_band, tariff_of


def slot(text):
    return int(datetime.fromisoformat(text).timestamp())


def time_of_use(*bands, rate=200.0):
    return make_tariff("time_of_use", rate_gbp_mwh=rate, bands=bands)


def test_flat():
    tariff = make_tariff("flat", rate_gbp_mwh=250.0)
    assert tariff.price_at(slot("2026-03-02T17:00Z")) == 250
    assert tariff.kind == "tariff:flat"


def test_the_first_band_that_fits_counts():
    tariff = time_of_use("16:00-19:00 weekdays 410", "12:00-20:00 300", "18:00-19:00 daily 1")
    assert tariff.price_at(slot("2026-03-02T16:30Z")) == 410  # a Monday
    assert tariff.price_at(slot("2026-03-02T19:00Z")) == 300
    assert tariff.price_at(slot("2026-03-01T18:30Z")) == 300  # a Sunday
    assert tariff.price_at(slot("2026-03-02T20:00Z")) == 200


def test_a_band_over_midnight_has_the_day_on_which_it_begins():
    tariff = time_of_use("22:00-07:00 fri 50")
    assert tariff.price_at(slot("2026-03-06T21:30Z")) == 200
    assert tariff.price_at(slot("2026-03-06T22:00Z")) == 50
    assert tariff.price_at(slot("2026-03-07T06:30Z")) == 50  # Saturday
    assert tariff.price_at(slot("2026-03-07T22:00Z")) == 200
    assert tariff.price_at(slot("2026-03-06T06:30Z")) == 200  # Friday morning belongs to Thursday
    sunday = time_of_use("22:00-07:00 sun 50")
    assert sunday.price_at(slot("2026-03-02T06:30Z")) == 50  # Monday


def test_summer_time_is_the_local_clock():
    tariff = time_of_use("16:00-19:00 410")
    assert tariff.price_at(slot("2026-07-01T15:00Z")) == 410
    assert tariff.price_at(slot("2026-07-01T18:00Z")) == 200


@pytest.mark.parametrize(
    ("midnight", "half_hours", "priced"),
    # From 00:30 to 02:30: an hour of it is skipped in spring, and comes twice in autumn.
    [("2026-03-29T00:00+00:00", 46, 2), ("2025-10-26T00:00+01:00", 50, 6)],
)
def test_clock_changes(midnight, half_hours, priced):
    tariff = time_of_use("00:30-02:30 50")
    first = slot(midnight)
    prices = [tariff.price_at(first + 1800 * n) for n in range(half_hours)]
    assert prices.count(50) == priced
    assert prices[0] == 200
    assert prices[1 : 1 + priced] == [50] * priced


CLOCKS = st.integers(0, 47)
BANDS = st.tuples(
    CLOCKS, CLOCKS, st.sampled_from(["daily", "weekdays", "weekends", "tue", "sat-mon"])
)
NAMES = {
    "daily": "0123456", "weekdays": "01234", "weekends": "56", "tue": "1", "sat-mon": "560",
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(BANDS.filter(lambda band: band[0] != band[1]), min_size=1, max_size=4),
       st.integers(0, 20_000))  # fmt: skip
def test_like_walking_through_each_band(bands, n):
    """Against walking half hour by half hour from where a band begins to where it ends."""

    def spelled(half):
        return f"{half // 2:02}:{half % 2 * 30:02}"

    texts = [f"{spelled(a)}-{spelled(b)} {days} {10 * i}" for i, (a, b, days) in enumerate(bands)]
    moment = datetime(2025, 10, 1, tzinfo=UTC) + n * timedelta(minutes=30)
    local = moment.astimezone(LONDON)
    now = local.weekday() * 48 + local.hour * 2 + local.minute // 30
    want = 999.0
    for index, (first, last, days) in reversed(list(enumerate(bands))):
        for day in NAMES[days]:
            half, ends = first, last if last > first else last + 48
            while half < ends:
                if (int(day) * 48 + half) % 336 == now:
                    want = 10.0 * index
                half += 1
    assert time_of_use(*texts, rate=999.0).price_at(int(moment.timestamp())) == want


def test_pass_through():
    tariff = make_tariff("pass_through", adder_gbp_mwh=40.0, loss_pct=8.0)
    assert tariff.passed_through(100.0) == pytest.approx(148)
    assert tariff.passed_through(-10.0) == pytest.approx(29.2)
    assert tariff.passed_through(float("nan")) != tariff.passed_through(float("nan"))


def test_the_hash_is_of_what_is_charged():
    one = time_of_use("16:00-19:00 weekdays 410")
    assert one.sha256 == time_of_use("16:00-19:00   mon-fri 410.0").sha256
    assert one.sha256 != time_of_use("16:00-19:00 weekdays 411").sha256
    assert one.sha256 != time_of_use("16:00-19:00 weekdays 410", rate=201.0).sha256
    assert len(one.sha256) == 64


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "agile"}, "one of none, flat"),
        ({"kind": "flat"}, "needs tariff.rate_gbp_mwh"),
        ({"kind": "flat", "rate_gbp_mwh": float("nan")}, "finite"),
        ({"kind": "flat", "rate_gbp_mwh": 1.0, "adder_gbp_mwh": 2.0}, "not for a flat"),
        ({"kind": "flat", "rate_gbp_mwh": 1.0, "bands": ["16:00-19:00 1"]}, "no tariff.bands"),
        ({"kind": "pass_through", "rate_gbp_mwh": 1.0}, "no rate or bands"),
        ({"kind": "pass_through", "loss_pct": 100.0}, "loss_pct"),
        ({"kind": "pass_through", "loss_pct": float("nan")}, "loss_pct"),
        ({"kind": "pass_through", "adder_gbp_mwh": float("inf")}, "adder"),
        ({"kind": "time_of_use", "rate_gbp_mwh": 1.0}, "needs tariff.bands"),
        ({"kind": "time_of_use", "bands": ["00:00-24:00 weekdays 1"]}, "leave sat 00:00"),
    ],
)
def test_what_makes_no_tariff(given, message):
    with pytest.raises(UsageError, match=message):
        make_tariff(**given)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("16:00-19:00", "cannot be read"),
        ("16:00-19:00 weekdays", "no rate"),
        ("16:15-19:00 1", "16:15 is not a half hour"),
        ("16:00-24:30 1", "24:30 is not"),
        ("25:00-03:00 1", "25:00 is not"),
        ("24:00-03:00 1", "write 00:00"),
        ("16:00-16:00 1", "is empty"),
        ("16:00-19:00 someday 1", "names no days"),
        ("16:00-19:00 mon-someday 1", "names no days"),
        ("16:00-19:00 weekdays dear", "no rate"),
        ("16:00-19:00 weekdays inf", "no rate"),
    ],
)
def test_bands_that_cannot_be_read(text, message):
    with pytest.raises(UsageError, match=message):
        parse_band(text)


def test_from_the_settings(tmp_path):
    file = tmp_path / "gridctl.toml"
    file.write_text(
        '[tariff]\nkind = "time_of_use"\nrate_gbp_mwh = 0\nbands = ["16:00-19:00 weekdays 410"]\n'
    )
    tariff = tariff_of(load_config(file, {}))
    assert tariff.price_at(slot("2026-03-02T12:00Z")) == 0
    assert tariff.price_at(slot("2026-03-02T16:00Z")) == 410
    assert tariff_of(load_config(environ={})) is None
    two = {
        "GRIDCTL_TARIFF_KIND": "time_of_use",
        "GRIDCTL_TARIFF_BANDS": "07:00-23:00 3, 23:00-07:00 1",
    }
    assert tariff_of(load_config(environ=two)).price_at(slot("2026-03-02T23:00Z")) == 1
    with pytest.raises(UsageError, match=r"needs tariff\.rate"):
        tariff_of(load_config(environ={"GRIDCTL_TARIFF_KIND": "flat"}))
