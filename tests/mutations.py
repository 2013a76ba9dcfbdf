"""Bodies gone wrong: cut, flipped, retyped, doubled. The same seed gives the same damage."""

from __future__ import annotations

import csv
import io
import json
from random import Random
from typing import Any

# What a value may turn into: other types, other ranges, other spellings.
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, -(10**18), 1e308, 0.1, "", " ", "0", "NaN", "inf", "-",
    "null", "2026-02-30T00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "31/12/2025",
    "2025-03-30T01:30:00", "2026-13-45", "24:00", "99", "é", "\u0000", "x" * 300, [], {}, [[]],
    [None], {"data": None}, {"from": []}, "1e999", "-0", "٣", "2026-03-04T05:00Z",
)  # fmt: skip


def mutate(body: bytes, random: Random) -> bytes:
    """The body after one to four accidents."""
    for _ in range(random.randint(1, 4)):
        kind = random.random()
        if kind < 0.15:
            body = _damaged(body, random)
        elif body.lstrip()[:1] in (b"{", b"["):
            body = _json(body, random)
        else:
            body = _table(body, random)
    return body


def _damaged(body: bytes, random: Random) -> bytes:
    if not body:
        return b"\xff"
    at = random.randrange(len(body))
    match random.randrange(4):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]
        case 2:
            return body[:at] + body[at : at + 40] * 2 + body[at + 40 :]
        case _:
            return body[:at] + body[at + random.randint(1, 30) :]


def _json(body: bytes, random: Random) -> bytes:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return _damaged(body, random)
    places = list(_places(document))
    if not places:
        return json.dumps(random.choice(STRANGE)).encode()
    holder, key = random.choice(places)
    match random.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(holder[key])
        case _:
            holder[key] = random.choice(STRANGE)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _places(node: Any) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(items):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _table(body: bytes, random: Random) -> bytes:
    text = body.decode("utf-8", "replace")
    delimiter = (
        ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    )
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return _damaged(body, random)
    if len(rows) < 2 or not any(rows[1:]):
        return _damaged(body, random)
    row = random.choice([row for row in rows[1:] if row])
    cell = random.randrange(len(row))
    match random.randrange(5):
        case 0:
            del row[cell]
        case 1:
            row.insert(cell, "extra")
        case 2:
            rows.append(list(row))
        case _:
            strange = random.choice(STRANGE)
            row[cell] = strange if isinstance(strange, str) else json.dumps(strange)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
