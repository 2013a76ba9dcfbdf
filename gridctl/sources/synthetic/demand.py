"""Electricity used in Great Britain: by hour of the local day, day of the week, season, warmth.

Level and shapes are fitted to NESO's historic demand data for 2025: national demand with embedded
wind and solar added back, which is what people use whatever the sky does.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from gridctl.clock import LONDON
from gridctl.sources.synthetic.noise import Floats, Slots

_YEAR = 365.2425 * 48  # half hours

# Hours of the local day in thousandths of the day's mean; rows: weekday, weekend.
_WINTER = """
790 795 766 743 723 734 832 984 1077 1136 1159 1166
1168 1155 1129 1113 1151 1196 1193 1156 1095 1012 916 824
863 860 823 790 762 754 785 845 928 1037 1099 1133
1151 1148 1130 1127 1170 1234 1226 1177 1115 1040 952 867
"""
_SUMMER = """
817 789 770 743 728 727 812 956 1069 1132 1156 1178
1196 1194 1171 1147 1135 1143 1128 1095 1048 1018 971 882
900 861 833 795 771 754 785 863 962 1051 1110 1143
1172 1167 1150 1121 1122 1150 1151 1113 1065 1039 1008 930
"""


def _shapes(text: str) -> Floats:
    """(2, 48): half hours from hours, weekday and weekend."""
    hours = np.array(text.split(), dtype=float).reshape(2, 24) / 1000.0
    between = (hours + np.roll(hours, -1, axis=1)) / 2.0
    return np.stack([hours, between], axis=2).reshape(2, 48)


_WINTER_SHAPE, _SUMMER_SHAPE = _shapes(_WINTER), _shapes(_SUMMER)
_WEEKDAY_GW = np.array([0.0, 0.5, 0.5, 0.5, 0.0, -2.55, -2.85])  # Monday to Sunday
# Share of an ordinary day's demand around Christmas, by month and day.
_HOLIDAYS = {1224: 0.95, 1225: 0.93, 1226: 0.90, 1227: 0.93, 1228: 0.93, 1229: 0.93, 1230: 0.94,
             1231: 0.95, 101: 0.91, 102: 0.97}  # fmt: skip
_RESTS_LIKE_SUNDAY = (1225, 1226, 101)


def local_slots(slots: Slots) -> Slots:
    """The same half hours on the clock of Europe/London, still counted from 1970."""
    hours, position = np.unique(slots // 2, return_inverse=True)
    offsets = [_bst_half_hours(hour) for hour in hours.tolist()]
    return np.asarray(slots + np.array(offsets, dtype=np.int64)[position])


def _bst_half_hours(hour: int) -> int:
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(LONDON).utcoffset()
    return int(offset.total_seconds()) // 1800 if offset else 0


def season(slots: Slots, peak_day: float) -> Floats:
    """A yearly wave: 1 on ``peak_day`` (days after new year), -1 half a year later."""
    return np.asarray(np.cos(2.0 * np.pi * (slots - peak_day * 48.0) / _YEAR))


def demand_gw(slots: Slots, temperature: Floats) -> Floats:
    """Electricity use in GW. ``temperature`` is a standard-normal process, warm when positive."""
    local = local_slots(slots)
    days = local // 48
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    month_day = (month.astype(np.int64) % 12 + 1) * 100 + (date - month).astype(np.int64) + 1
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    scale = np.ones(len(slots))
    for which, share in _HOLIDAYS.items():
        scale[month_day == which] = share
    weekday = np.where(np.isin(month_day, _RESTS_LIKE_SUNDAY), 6, weekday)

    yearly = 2.0 * np.pi * slots / _YEAR
    level = (
        31.05
        + 4.73 * np.cos(yearly)
        + 0.64 * np.sin(yearly)
        + 1.26 * np.cos(2 * yearly)
        + 0.40 * np.sin(2 * yearly)
        + _WEEKDAY_GW[weekday]
    )
    winter = (1.0 + season(slots, 10.0)) / 2.0
    weekend, half_hour = (weekday >= 5).astype(int), local % 48
    shape = (
        winter * _WINTER_SHAPE[weekend, half_hour]
        + (1.0 - winter) * _SUMMER_SHAPE[weekend, half_hour]
    )
    cold = -(0.75 + 0.55 * winter) * temperature
    return np.asarray((level + cold) * shape * scale)
