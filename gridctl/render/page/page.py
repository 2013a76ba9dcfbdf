"""Put the page together: template, style, script, and the data as JSON that cannot be markup."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridctl import __version__
from gridctl.render.page.checks import accuracy_figure, quality_figure
from gridctl.render.page.decisions import decisions_figure
from gridctl.render.page.outlook import outlook_figure
from gridctl.render.page.regions import heat_figure, map_figure
from gridctl.render.page.timelines import carbon_figure, demand_figure, mix_figure, price_figure
from gridctl.render.page.words import counted, number, when
from gridctl.render.timeaxis import local_clock
from gridctl.render.values import compact_json
from gridctl.report.gather import Report

if TYPE_CHECKING:
    from markupsafe import Markup

_HERE = Path(__file__).parent
_FIGURES = (
    carbon_figure,
    outlook_figure,
    mix_figure,
    map_figure,
    heat_figure,
    demand_figure,
    price_figure,
    decisions_figure,
    accuracy_figure,
    quality_figure,
)
# In JSON these can only stand within strings, where an escape means the same.
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def page_of(report: Report) -> str:
    """The whole page as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = [figure(report) for figure in _FIGURES]
    scripts = [charting(), _script(_own("page.js"))]
    return environment.get_template("page.html").render(
        report=report,
        figures=figures,
        facts=_facts(report),
        clocks=local_clock(report.period.start, report.period.end),
        versions=_versions(),
        data=safe_json([figure.data for figure in figures if figure.spec is not None]),
        style=Markup(_own("page.css")),
        scripts=scripts,
        policy=_policy(scripts),
        when=when,
        counted=counted,
    )


def safe_json(document: Any) -> Markup:
    """JSON that may stand in a ``<script>`` element: no text in it can end the element."""
    from markupsafe import Markup

    return Markup(compact_json(document).translate(_UNSAFE))


@cache
def charting() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script; it takes a second to put together."""
    from vl_convert import javascript_bundle

    return _script(f"(() => {{{javascript_bundle('window.vegaEmbed = vegaEmbed;')}}})();")


def _script(text: str) -> Markup:
    """A script as it may stand in a page. Both escapes occur in strings only."""
    from markupsafe import Markup

    return Markup(
        text.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")
    )


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(scripts: list[Markup]) -> str:
    """What the page may do: run its own two scripts and style itself, and reach nobody.

    Vega evaluates expressions by its interpreter, so nothing needs ``eval``; it sets styles on
    elements, so styles cannot be held to a hash.
    """
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _versions() -> str:
    names = ("duckdb", "vl-convert-python")
    return ", ".join([f"gridctl {__version__}", *(f"{name} {version(name)}" for name in names)])


def _facts(report: Report) -> list[tuple[str, str, str]]:
    """The figures at the top: what, how much, of what unit; those known only."""
    decisions = report.decisions
    saved = None
    if decisions.baseline_kg is not None and decisions.expected_kg is not None:
        saved = decisions.baseline_kg - decisions.expected_kg
    told = (
        ("mean carbon intensity", report.carbon.mean, "g/kWh", 0),
        ("renewable", report.mix.mean_renewable, "%", 0),
        ("without carbon", report.mix.mean_zero_carbon, "%", 0),
        ("mean price", report.prices.mean, "GBP/MWh", 2),
        ("highest demand", report.demand.peak, "MW", 0),
        ("expected to be saved", saved, "kg CO₂", 1),
    )
    return [(what, number(value, n), unit) for what, value, unit, n in told if value is not None]
