"""The forecasts of March 2023 as they were issued, corrected by what was known then."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta

import numpy as np
import pytest
from schedule.stored import at

from gridctl.config import load_config
from gridctl.model import Window
from gridctl.schedule.basis import Basis
from gridctl.schedule.reading import read
from gridctl.schedule.signals.outlook import Outlook
from gridctl.schedule.signals.signal import Provenance

CORRECTED = Outlook(forecast="corrected")


@pytest.fixture
def march_2023(year_2023, real_data):
    """A store with the actuals of the year and the recorded vintages; and when they were issued."""
    issues: dict[datetime, list[tuple[str, float]]] = {}
    for name in ("forecast_vintages_202303.csv", "forecast_vintages_202303_stale.csv"):
        file = real_data / "carbonintensity" / name
        if not file.exists():
            pytest.skip(f"{file} is not there")
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                value = float(row["forecast_gco2_kwh"])
                issues.setdefault(at(row["issued_at"]), []).append((row["from"], value))
    for issued, values in issues.items():
        year_2023.vintage(issued.isoformat(), values[0][0], [value for _, value in values])
    return sorted(issues)


def ahead(now, outlook):
    """The signal for the two days from ``now``, as known then."""
    window = Window(now, now + timedelta(hours=47))
    return read(load_config(), [None], window, now, Basis(outlook=outlook)).signals[None]


def outturn(store, signal):
    rows = store.execute(
        """SELECT actual_gco2_kwh FROM carbon_intensity_national
           WHERE timestamp >= ? AND timestamp < ? ORDER BY timestamp""",
        [signal.start, signal.start + timedelta(minutes=30) * len(signal.carbon.values)],
    )
    return np.array([row[0] for row in rows], dtype=np.float64)


def test_corrected_errs_less_and_little_history_changes_nothing(year_2023, march_2023):
    raw, corrected = [], []
    for now in march_2023:
        plain, better = ahead(now, Outlook()), ahead(now, CORRECTED)
        if better.forecast == "raw":
            np.testing.assert_array_equal(plain.carbon.values, better.carbon.values)
            assert "not corrected" in better.notes[0]
            continue
        # A slot that the newest forecast does not reach is the last revision: not the issue here.
        issued = [p is Provenance.CORRECTED for p in better.carbon.provenance]
        real = outturn(year_2023, plain)[issued]
        raw.append(np.abs(plain.carbon.values[issued] - real).mean())
        corrected.append(np.abs(better.carbon.values[issued] - real).mean())
    assert len(raw) == 8
    assert np.mean(corrected) < 0.95 * np.mean(raw)
    assert np.mean(raw) == pytest.approx(17.1, abs=1)
