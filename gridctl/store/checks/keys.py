"""The natural key of every table that has one, and how it is spelled in an id."""

from __future__ import annotations

from gridctl.store.checks.finding import Asked
from gridctl.store.merge import spelled
from gridctl.store.tables import TABLES

# Tables that are not loaded from payloads. Workloads and decisions have random ids.
KEYS = {name: table.key for name, table in TABLES.items()} | {
    "uk_regions": ("region_number",),
    "compute_assets": ("asset_name",),
    "agents": ("agent_name",),
    "agent_negotiations": ("negotiation_id", "sequence"),
}


def key_text(table: str, asked: Asked) -> str:
    """SQL for the key of a row as text, its parts joined by bars."""
    types = asked.types[table]
    return " || '|' || ".join(spelled(name, types[name]) for name in KEYS[table])
