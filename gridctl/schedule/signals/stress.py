"""How strained the grid is forecast to be: the score of the demand forecast, 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from gridctl.schedule.signals.readings import Knowledge, Provenance, Reading, best, bounds


def load_stress(con: Any, slots: range, known: Knowledge) -> list[Reading]:
    """The stress score of the nearest kind of demand forecast that was issued by T."""
    stored: dict[int, list[Reading]] = {}
    for slot, score, issued, fetched, source in con.execute(
        """SELECT epoch(timestamp)::BIGINT, grid_stress_score, epoch(forecast_issued_at),
                  epoch(fetched_at), source
           FROM demand_forecast_national
           WHERE timestamp >= ? AND timestamp < ? AND grid_stress_score IS NOT NULL
             AND (forecast_issued_at IS NULL OR forecast_issued_at <= ?)
           ORDER BY list_position(['day_ahead', 'two_day_ahead', 'seven_day_ahead'], forecast_type)
               NULLS LAST""",
        [*bounds(slots), known.at],
    ).fetchall():
        provenance = Provenance.LAST_REVISION if issued is None else Provenance.FORECAST
        hindsight = issued is None and not known.is_over(slot) and fetched > known.at.timestamp()
        when = np.nan if issued is None else issued
        reading = Reading(score, provenance, source, when, hindsight=hindsight)
        stored.setdefault(slot, []).append(reading)
    return [best(stored.get(slot, []), known) for slot in slots]
