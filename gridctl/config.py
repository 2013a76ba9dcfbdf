"""Settings: defaults, then the config file, then ``GRIDCTL_<SECTION>_<KEY>``, then options.

Each value remembers where it came from, so that ``gridctl config show`` can say.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gridctl.clock import format_duration, parse_duration
from gridctl.errors import UsageError

Value = str | float | bool | timedelta | list[str]


@dataclass(frozen=True)
class Setting:
    """One documented setting. ``kind`` names the type a value must have."""

    section: str
    key: str
    kind: str  # text, path, number, flag, duration, period (a duration or keep), list
    default: Value
    about: str
    secret: bool = False

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        return f"GRIDCTL_{self.section}_{self.key}".upper()


KEEP = "keep"  # for ever

SETTINGS = (
    Setting("store", "path", "path", "", "the DuckDB file (default: the user data folder)"),
    Setting("store", "lock_timeout", "duration", timedelta(seconds=10), "wait for a busy database"),
    Setting(
        "store",
        "payload_retention",
        "duration",
        timedelta(days=30),
        "how long raw payloads stay in the landing journal after loading",
    ),
    Setting("store", "read_copy", "flag", False, "after each load renew a copy for readers"),
    Setting(
        "store", "read_copy_path", "path", "", "that copy (default: grid.read.duckdb beside it)"
    ),
    Setting(
        "fetch",
        "sources",
        "list",
        ["carbon-intensity", "neso", "elexon", "dfs"],
        "what `gridctl fetch` gets",
    ),
    Setting("fetch", "timeout", "duration", timedelta(seconds=30), "longest silence of a server"),
    Setting("fetch", "attempts", "number", 4, "tries per call, the first included"),
    Setting(
        "fetch",
        "backoff",
        "duration",
        timedelta(seconds=1),
        "wait before the second try; doubles each time, with jitter",
    ),
    Setting(
        "fetch",
        "retry_after_max",
        "duration",
        timedelta(minutes=2),
        "longest Retry-After that is waited for",
    ),
    Setting(
        "carbon_intensity",
        "url",
        "text",
        "https://api.carbonintensity.org.uk",
        "base URL of the Carbon Intensity API",
    ),
    Setting("neso", "url", "text", "https://api.neso.energy", "base URL of the NESO data portal"),
    Setting("elexon", "url", "text", "https://data.elexon.co.uk", "base URL of Elexon Insights"),
    Setting("octopus", "url", "text", "https://api.octopus.energy", "base URL of Octopus Energy"),
    Setting(
        "octopus",
        "regions",
        "list",
        [],
        "regions whose Agile prices are fetched; any spelling of a region",
    ),
    Setting(
        "octopus", "product", "text", "", "Agile product code; empty: the one on sale is looked up"
    ),
    Setting("beckn", "url", "text", "", "base URL of a Beckn discovery service"),
    Setting("beckn", "path", "text", "/discover", "path of its discover action"),
    Setting("beckn", "search", "text", "Grid flexibility windows", "text that discover looks for"),
    Setting("beckn", "bap_id", "text", "gridctl.local", "who asks"),
    Setting("beckn", "bap_uri", "text", "http://localhost/bap", "where callbacks would go"),
    Setting("beckn", "key_id", "text", "", "id of the signing key at the registry"),
    Setting("beckn", "key_file", "text", "", "file with the Ed25519 signing key, base64"),
    Setting("synthetic", "seed", "number", 1, "seed of the synthetic source"),
    Setting("limits", "national_intensity_min", "number", 1, "gCO2/kWh"),
    Setting("limits", "national_intensity_max", "number", 1000, "gCO2/kWh"),
    Setting("limits", "regional_intensity_min", "number", -50, "gCO2/kWh"),
    Setting("limits", "regional_intensity_max", "number", 1000, "gCO2/kWh"),
    Setting("limits", "mix_share_min", "number", -1, "per cent"),
    Setting("limits", "mix_share_max", "number", 101, "per cent"),
    Setting("limits", "mix_sum_min", "number", 95, "per cent"),
    Setting("limits", "mix_sum_max", "number", 105, "per cent"),
    Setting("limits", "demand_min", "number", 10_000, "MW"),
    Setting("limits", "demand_max", "number", 70_000, "MW"),
    Setting("limits", "stress_low", "number", 20_000, "MW of transmission demand: grid stress 0"),
    Setting("limits", "stress_high", "number", 48_000, "MW of transmission demand: grid stress 1"),
    Setting("limits", "price_min", "number", -1_000, "GBP/MWh"),
    Setting("limits", "price_max", "number", 10_000, "GBP/MWh"),
    Setting("schedule", "carbon_price", "number", 85, "GBP per tonne, for --objective balanced"),
    Setting(
        "schedule",
        "max_forecast_age",
        "duration",
        timedelta(hours=24),
        "older forecasts are refused as stale",
    ),
    Setting(
        "schedule",
        "replan_min_saving_pct",
        "number",
        2,
        "per cent a replan must gain to move a job",
    ),
    Setting("schedule", "replan_min_saving_kg", "number", 0.1, "and kg, when carbon is the aim"),
    Setting("schedule", "replan_min_saving_gbp", "number", 0.01, "and GBP, when cost counts"),
    Setting(
        "schedule",
        "replan_freeze",
        "duration",
        timedelta(minutes=30),
        "no job is moved that starts within this, or to such a start",
    ),
    Setting("tariff", "kind", "text", "none", "none, flat, time_of_use or pass_through"),
    Setting("tariff", "rate_gbp_mwh", "number", 0, "GBP/MWh: flat, or where no band fits"),
    Setting("tariff", "bands", "list", [], "local times, as 16:00-19:00 weekdays 410; first fit"),
    Setting("tariff", "adder_gbp_mwh", "number", 0, "pass_through: GBP/MWh added to wholesale"),
    Setting("tariff", "loss_pct", "number", 0, "pass_through: network losses, per cent"),
    Setting("flexibility", "market", "text", "none", "none, p415 or dfs, without --flexibility"),
    Setting("flexibility", "operator_share", "number", 0.8, "of what the trading party is paid"),
    Setting("flexibility", "delivery_factor", "number", 1.0, "share of a shift that is measured"),
    Setting("flexibility", "fee_gbp_mwh", "number", 0, "per MWh sold, taken from the share"),
    Setting("flexibility", "dfs_price_gbp_mwh", "number", 175, "the bid, paid as bid"),
    Setting("flexibility", "dfs_minimum_mw", "number", 0.1, "smaller reductions are not bought"),
    Setting("flexibility", "scrp_gbp_mwh", "number", 98.53, "supplier compensation, only shown"),
    Setting(
        "retention", "enabled", "flag", False, "whether `store prune` deletes by these settings"
    ),
    Setting("retention", "archive", "path", "", "folder that `store prune` archives to first"),
    *(
        Setting("retention", table, "period", period, about)
        for table, period, about in (
            (
                "carbon_intensity_national",
                KEEP,
                "how long rows stay, or keep; forecasts and actuals",
            ),
            ("carbon_intensity_regional", timedelta(days=30), "how long rows stay, or keep"),
            ("generation_mix_national", KEEP, "how long rows stay, or keep"),
            ("generation_mix_regional", timedelta(days=30), "how long rows stay, or keep"),
            ("demand_forecast_national", timedelta(days=7), "how long rows stay, or keep"),
            ("demand_actual_national", KEEP, "how long rows stay, or keep"),
            ("demand_regional", timedelta(days=30), "how long rows stay, or keep"),
            ("wholesale_prices", KEEP, "how long rows stay, or keep"),
            ("flexibility_prices", KEEP, "how long rows stay, or keep"),
            ("grid_snapshots", timedelta(days=30), "how long rows stay, or keep"),
            ("offers", timedelta(days=30), "how long rows stay, or keep; one per snapshot"),
            ("forecast_vintages", KEEP, "how long rows stay, or keep; nobody publishes them again"),
            ("api_logs", KEEP, "how long rows stay, or keep; the log of calls"),
        )
    ),
    Setting("query", "memory_limit", "text", "2GB", "DuckDB's memory limit for queries"),
    Setting("query", "folder", "path", "", "folder of your own queries, *.sql"),
)

_BY_NAME = {s.name: s for s in SETTINGS}


@dataclass(frozen=True)
class Config:
    """Every setting's value with its origin (``default``, the file's path, or a variable)."""

    values: Mapping[str, Value]
    origins: Mapping[str, str]
    path: Path

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        chosen = self.values["store.path"]
        return Path(str(chosen)).expanduser() if chosen else default_database()

    @property
    def query_folder(self) -> Path | None:
        """Where the user's own queries are, if anywhere."""
        chosen = self.values["query.folder"]
        return Path(str(chosen)).expanduser() if chosen else None

    def with_database(self, path: str | os.PathLike[str] | None) -> Config:
        """This config with the database given on the command line, if one was."""
        return self if path is None else self.with_value("store.path", os.fspath(path), "--db")

    def with_value(self, name: str, value: Value, origin: str) -> Config:
        """This config with one setting replaced, say by an option."""
        return Config({**self.values, name: value}, {**self.origins, name: origin}, self.path)

    def section(self, name: str) -> dict[str, Value]:
        """The settings of one section, by key."""
        return {s.key: self.values[s.name] for s in SETTINGS if s.section == name}

    def limits(self) -> dict[str, float]:
        """The validation limits by their short names, as SQL rules refer to them."""
        return {key: float(value) for key, value in self.section("limits").items()}  # type: ignore[arg-type]


def default_database() -> Path:
    """``grid.duckdb`` in the platform's user data folder."""
    import platformdirs

    return Path(platformdirs.user_data_dir("gridctl")) / "grid.duckdb"


def config_path(given: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path:
    """The config file in force: ``--config``, ``GRIDCTL_CONFIG``, else the user config folder."""
    chosen = given or environ.get("GRIDCTL_CONFIG")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("gridctl")) / "gridctl.toml"


def load_config(
    given: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read the settings. Raises :class:`UsageError` for a bad file, name or value.

    A missing file is fine unless it was asked for by name.
    """
    environ = os.environ if environ is None else environ
    path = config_path(given, environ)
    values: dict[str, Value] = {s.name: s.default for s in SETTINGS}
    origins = dict.fromkeys(values, "default")
    asked_for = bool(given or environ.get("GRIDCTL_CONFIG"))
    for name, raw in _read_file(path, asked_for).items():
        values[name] = _convert(_BY_NAME[name], raw, str(path))
        origins[name] = str(path)
    for setting in SETTINGS:
        text = environ.get(setting.variable)
        if text:
            values[setting.name] = _convert(setting, text, setting.variable)
            origins[setting.name] = setting.variable
    if environ.get("GRIDCTL_DB"):
        values["store.path"] = environ["GRIDCTL_DB"]
        origins["store.path"] = "GRIDCTL_DB"
    return Config(values, origins, path)


def _read_file(path: Path, asked_for: bool) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if asked_for:
            raise UsageError(f"config file {path} does not exist") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"config file {path} cannot be read: {error}") from None
    flat: dict[str, Any] = {}
    for section, content in document.items():
        if not isinstance(content, dict):
            raise UsageError(f"config file {path}: {section!r} stands outside any [section]")
        for key, raw in content.items():
            name = f"{section}.{key}"
            if name not in _BY_NAME:
                close = get_close_matches(name, _BY_NAME, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise UsageError(f"config file {path}: unknown setting {name}{hint}")
            flat[name] = raw
    return flat


def _convert(setting: Setting, raw: Any, origin: str) -> Value:
    wrong = UsageError(f"{origin}: {setting.name} must be a {setting.kind}, not {raw!r}")
    match setting.kind:
        case "period" if isinstance(raw, str) and raw.strip().lower() == KEEP:
            return KEEP
        case "duration" | "period":
            if not isinstance(raw, str):
                raise wrong
            try:
                return parse_duration(raw)
            except UsageError as error:
                also = ", or keep" if setting.kind == "period" else ""
                raise UsageError(f"{origin}: {setting.name}: {error}{also}") from None
        case "number":
            if isinstance(raw, bool) or not isinstance(raw, str | int | float):
                raise wrong
            try:
                return float(raw) if not float(raw).is_integer() else int(float(raw))
            except (ValueError, OverflowError):
                raise wrong from None
        case "flag":
            spelled = {
                "true": True,
                "1": True,
                "yes": True,
                "false": False,
                "0": False,
                "no": False,
            }
            chosen = raw if isinstance(raw, bool) else spelled.get(str(raw).lower())
            if chosen is None:
                raise wrong
            return chosen
        case "list":
            if isinstance(raw, str):
                return [part.strip() for part in raw.split(",") if part.strip()]
            if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
                raise wrong
            return raw
        case _:
            if not isinstance(raw, str):
                raise wrong
            return raw


def describe(config: Config) -> list[dict[str, str]]:
    """One row per setting: name, value, origin, meaning. Secrets are masked."""
    rows = []
    for setting in SETTINGS:
        value = config[setting.name]
        if setting.name == "store.path":
            value = str(config.database)
        if isinstance(value, timedelta):
            value = format_duration(value)
        elif isinstance(value, list):
            value = ", ".join(value)
        if setting.secret and value:
            value = "********"
        rows.append(
            {
                "setting": setting.name,
                "value": str(value),
                "origin": config.origins[setting.name],
                "about": setting.about,
            }
        )
    return rows
