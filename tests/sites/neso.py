"""The NESO data portal: packages, downloads behind a redirect, and the datastore.

File names change at every publication; ids live on in archives. ``names`` may be changed to rename
a resource, ``retired`` holds the ids that are archives now.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sites.site import Asked, Reply, csv_reply, json_reply

LONDON = ZoneInfo("Europe/London")
HALF_HOUR = timedelta(minutes=30)
DEMAND = (
    "SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,{}TSD,EMBEDDED_WIND_GENERATION,EMBEDDED_SOLAR_GENERATION"
)
IDS = {
    "day_ahead": "aec5601a-7f3e-4c4c-bf56-d8e4184d3c5b",
    "two_to_fourteen_day": "7c0411cd-2714-4bb5-a408-adb065edf34d",
    "embedded": "db6c038f-98af-4570-ab60-24d71ebd0ae5",
    "demand_update": "177f6fa4-ae49-4182-81ea-0c6b35f26ca6",
    "day_ahead_history": "9847e7bb-986e-49be-8138-717b25933fbb",
    "two_to_fourteen_day_history": "4dd712a2-ee2c-455d-a9c0-9d3564c80fa0",
    "wind_history": "7524ec65-f782-4258-aaf8-5b926c17b966",
}
NAMES = {
    "day_ahead": "Day Ahead National Demand Forecast",
    "two_to_fourteen_day": "2-14 Days Ahead Half Hourly Forecast",
    "embedded": "Embedded Solar and Wind Forecast",
    "demand_update": "Demand Data Update",
    "day_ahead_history": "Historic Day Ahead Demand Forecasts",
    "two_to_fourteen_day_history": "Historic 2-14 Day Ahead Demand Forecasts",
    "wind_history": "Historic Day Ahead Wind Forecasts",
}
PACKAGES = {
    "1-day-ahead-demand-forecast": ("day_ahead", "day_ahead_history"),
    "2-14-days-ahead-national-demand-forecast": (
        "two_to_fourteen_day",
        "two_to_fourteen_day_history",
    ),
    "embedded-wind-and-solar-forecasts": ("embedded",),
    "daily-demand-update": ("demand_update",),
    "day-ahead-wind-forecast": ("wind_history",),
}


class Neso:
    """``changed`` is when the files were last changed."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.changed = now.replace(microsecond=0, tzinfo=None) - timedelta(hours=1)
        self.names = dict(NAMES)
        self.retired: set[str] = set()

    def reply(self, asked: Asked) -> Reply | None:
        if asked.path.startswith("/storage/"):
            return csv_reply(self.file(asked.path.split("/")[2]))
        if "/resource/" in asked.path and "/download/" in asked.path:
            what = asked.path.split("/")[4]
            return Reply(b"", 302, {"Location": f"{asked.host}/storage/{what}/file.csv?signed=1"})
        match asked.path.removeprefix("/api/3/action/"):
            case "package_show":
                return self.package(asked)
            case "resource_show":
                return self.resource(asked)
            case "datastore_search":
                return json_reply({"success": True, "result": {"records": [], "total": 0}})
        return None

    def package(self, asked: Asked) -> Reply:
        slug = asked.params.get("id", "")
        if slug == "historic-demand-data":
            years = range(2023, self.now.year + 1)
            entries = [self.entry(f"year-{y}", f"Historic Demand Data {y}", asked) for y in years]
        elif slug in PACKAGES:
            entries = [self.entry(IDS[d], self.names[d], asked) for d in PACKAGES[slug]]
        else:
            error = {"__type": "Not Found Error", "message": "Not found"}
            return json_reply({"success": False, "error": error}, 404)
        return json_reply({"success": True, "result": {"name": slug, "resources": entries}})

    def resource(self, asked: Asked) -> Reply:
        known = asked.params.get("id", "")
        for dataset, one in IDS.items():
            if one == known:
                entry = self.entry(known, self.names[dataset], asked)
                return json_reply({"success": True, "result": entry})
        return json_reply({"success": False, "error": {"message": "Not found"}}, 404)

    def entry(self, known: str, name: str, asked: Asked) -> dict[str, object]:
        file = f"{self.changed:%Y%m%d%H%M}_file.csv"
        return {
            "id": known,
            "name": "Archive 2025/2026" if known in self.retired else name,
            "url": f"{asked.host}/dataset/some-package/resource/{known}/download/{file}",
            "last_modified": self.changed.isoformat(),
        }

    def file(self, what: str) -> str:
        if what.startswith("year-"):
            year = int(what.removeprefix("year-"))
            days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
            return self.demand([d for d in days if d.year == year and d < self.today])
        dataset = next(name for name, known in IDS.items() if known == what)
        return str(getattr(self, f"{dataset}_file")())

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    def demand(self, days: list[date], extra: str = "") -> str:
        lines = [DEMAND.format("FORECAST_ACTUAL_INDICATOR," if extra else "")]
        for day in days:
            for period, start in enumerate(slots(day), 1):
                mw = 24000 + 400 * start.hour
                kind = f"{extra}," if extra else ""
                lines.append(f"{day},{period},{mw},{kind}{mw + 1500},900,{10 * start.hour}")
        return "\n".join(lines) + "\n"

    def demand_update_file(self) -> str:
        known = [self.today - timedelta(days=n) for n in (2, 1)]
        return self.demand(known, "A") + f"{self.today},1,0,F,0,800,0\n"

    def day_ahead_file(self) -> str:
        target = f"{self.today + timedelta(days=1):%Y%m%d}"
        points = ((25000, 30, 30), (22000, 430, 630), (38000, 1700, 1830), (26000, 2400, 2400))
        head = (
            "DAYSAHEAD,TARGETDATE,FORECASTDEMAND,CARDINALPOINT,CP_TYPE,CP_ST_TIME,CP_END_TIME,"
            "F_Point"
        )
        return "\n".join([head, *(f"1,{target},{mw},1A,P,{a},{b}," for mw, a, b in points)]) + "\n"

    def day_ahead_history_file(self) -> str:
        return self.archive(range(1, 2))

    def two_to_fourteen_day_history_file(self) -> str:
        return self.archive(range(2, 15))

    def archive(self, ahead: range) -> str:
        head = (
            "DAYSAHEAD,TARGETDATE,FORECASTDEMAND,CARDINALPOINT,CP_TYPE,CP_ST_TIME,CP_END_TIME,"
            "F_Point,FORECAST_TIMESTAMP"
        )
        lines = [head]
        for n in range(30):
            issued = date(2024, 7, 1) + timedelta(days=n)
            for days in ahead:
                target = issued + timedelta(days=days)
                for mw, at in ((25000, 30), (31000, 1200), (26000, 2400)):
                    mw += n + 10 * (days - 1)
                    lines.append(f"{days},{target},{mw},1A,F,{at},{at},NA,{issued}T08:45:00Z")
        return "\n".join(lines) + "\n"

    def wind_history_file(self) -> str:
        lines = [
            "Datetime_GMT,Date,Settlement_period,Capacity,Incentive_forecast,Forecast_Timestamp"
        ]
        lines += [f"-,2024-07-02,{p},17000,{5000 + p},2024-07-01T09:15:00" for p in range(1, 49)]
        return "\n".join(lines) + "\n"

    def two_to_fourteen_day_file(self) -> str:
        lines = ["DATE,CTIME,GDATETIME,NATIONALDEMAND"]
        for n in range(2, 15):
            for start in slots(self.today + timedelta(days=n)):
                end = start + HALF_HOUR
                clock = end.astimezone(LONDON).strftime("%H%M").lstrip("0") or "2400"
                day = self.today + timedelta(days=n)
                lines.append(f"{day},{clock},{end:%Y-%m-%dT%H:%M:%S},{25000 + 300 * start.hour}")
        return "\n".join(lines) + "\n"

    def embedded_file(self) -> str:
        head = (
            "DATE_GMT,TIME_GMT,SETTLEMENT_DATE,SETTLEMENT_PERIOD,EMBEDDED_WIND_FORECAST,"
            "EMBEDDED_WIND_CAPACITY,EMBEDDED_SOLAR_FORECAST,EMBEDDED_SOLAR_CAPACITY"
        )
        lines = [head]
        for n in range(14):
            day = self.today + timedelta(days=n)
            for period, start in enumerate(slots(day), 1):
                end = start + HALF_HOUR
                label = f"{end:%Y-%m-%d}T00:00:00,{end:%H:%M}"
                lines.append(f"{label},{day}T00:00:00,{period},1200,6500,{40 * start.hour},22000")
        return "\n".join(lines) + "\n"


def slots(day: date) -> list[datetime]:
    """The half hours of a local day, in UTC: 46, 48 or 50."""
    start = datetime.combine(day, time(), LONDON).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), LONDON).astimezone(UTC)
    return [start + i * HALF_HOUR for i in range((end - start) // HALF_HOUR)]
