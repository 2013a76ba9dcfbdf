"""The worked example of ``docs/adding-a-source.md``, run as it stands."""

from __future__ import annotations

import re
import types
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sites.site import Asked, Reply, json_reply
from upstream import Upstream

from gridctl.sources import SOURCES

GUIDE = Path(__file__).parents[2] / "docs" / "adding-a-source.md"


class Exchange:
    """The market of the example: no trade at the half hour past noon."""

    def reply(self, asked: Asked) -> Reply | None:
        if asked.path != "/v1/prices":
            return None
        start, end = (datetime.fromisoformat(asked.params[key]) for key in ("from", "to"))
        start -= timedelta(minutes=start.minute % 30, seconds=start.second)
        prices = []
        while start < end:
            is_traded = (start.hour, start.minute) != (12, 30)
            price = 50.0 + start.hour if is_traded else None
            prices.append(
                {
                    "start": f"{start:%Y-%m-%dT%H:%MZ}",
                    "gbp_per_mwh": price,
                    "mwh": 800.0 if is_traded else 0.0,
                }
            )
            start += timedelta(minutes=30)
        return json_reply({"prices": prices})


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    module = types.ModuleType("example_exchange")
    exec(compile(code, str(GUIDE), "exec"), module.__dict__)
    with Upstream(datetime.now(UTC), [Exchange()]) as server:
        source = replace(module.__dict__["SOURCE"], url=server.url)
        monkeypatch.setitem(SOURCES, source.name, source)
        yield server


def test_it_fetches_the_present_and_history_once(
    example: Upstream, gridctl: Any, tmp_path: Path
) -> None:
    assert gridctl("fetch", "example-exchange").code == 0
    span = ("--from", "2025-03-25T00:00Z", "--to", "2025-04-04T00:00Z")
    assert gridctl("fetch", "example-exchange", *span).code == 0
    asked = len(example.paths)
    assert gridctl("fetch", "example-exchange", *span).code == 0
    assert len(example.paths) == asked
    with duckdb.connect(str(tmp_path / "grid.duckdb"), read_only=True) as con:
        [(rows, prices)] = con.execute(
            """SELECT count(*), count(price_gbp_mwh) FROM wholesale_prices
               WHERE timestamp BETWEEN '2025-03-25 00:00Z' AND '2025-04-03 23:30Z'"""
        ).fetchall()
    assert rows == prices == 10 * 47  # the half hours without trade have no row


def test_a_saved_answer_is_recognised(example: Upstream, gridctl: Any, tmp_path: Path) -> None:
    body = re.findall(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0]
    saved = tmp_path / "saved.json"
    saved.write_text(body)
    ran = gridctl("store", "load", saved, "-f", "csv")
    assert ran.code == 0, ran.err
    assert "example-exchange.prices,loaded,1,0,0" in ran.out
