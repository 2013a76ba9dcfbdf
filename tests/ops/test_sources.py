"""``gridctl sources``: every source with its state."""

from __future__ import annotations

import json
from typing import Any

from upstream import Upstream

from gridctl.sources import SOURCES


def listed(gridctl: Any) -> dict[str, Any]:
    ran = gridctl("sources", "-f", "json")
    assert ran.code == 0
    return {source["name"]: source for source in json.loads(ran.out)["sources"]}


def test_before_anything_was_fetched(gridctl: Any) -> None:
    found = listed(gridctl)
    assert list(found) == [*SOURCES, "synthetic"]
    assert found["neso"]["is_enabled"]
    assert not found["synthetic"]["is_enabled"]
    assert "octopus.regions" in found["octopus"]["obstacle"]
    assert all(source["last_success"] is None for source in found.values())
    assert "newest data not known: no database" in gridctl("sources").err


def test_after_a_fetch(upstream: Upstream, gridctl: Any) -> None:
    assert gridctl("fetch", "carbon-intensity").code == 0
    found = listed(gridctl)
    fetched = found["carbon-intensity"]
    assert fetched["last_success"] < fetched["next_due"]
    assert fetched["newest_data"] > fetched["last_success"]  # it brought a forecast
    assert [d["last_success"] is not None for d in fetched["datasets"]] == [True] * 3
    assert found["elexon"]["last_success"] is None
    lines = gridctl("sources").out.splitlines()
    assert len(lines) == len(SOURCES) + 2
    assert any(line.startswith("octopus") and "not set up" in line for line in lines)
