"""Upstreams, one module or package each, in an explicit registry."""

from __future__ import annotations

from gridctl.errors import UsageError
from gridctl.sources import auctions, beckn, carbon_intensity, dfs, elexon, neso, octopus
from gridctl.sources.base import Source

_MODULES = (carbon_intensity, neso, elexon, dfs, octopus, beckn, auctions)
SOURCES: dict[str, Source] = {module.SOURCE.name: module.SOURCE for module in _MODULES}


def find_source(name: str) -> Source:
    """The source of that name. Raises :class:`UsageError` listing those there are."""
    try:
        return SOURCES[name]
    except KeyError:
        known = ", ".join(sorted([*SOURCES, "synthetic"]))
        raise UsageError(f"there is no source {name!r}; there are: {known}") from None
