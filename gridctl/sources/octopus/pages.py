"""The envelope of every answer, ``{count, next, previous, results}``, and the list of products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.errors import DataError
from gridctl.sources.base import path_of
from gridctl.sources.octopus.tariff import is_agile_import
from gridctl.sources.records import BadRecord, instant


@dataclass(frozen=True, order=True)
class Product:
    """A product that can be bought. Later ones sort last."""

    available_from: datetime
    code: str


def error_text(body: Any) -> str | None:
    """The words of an error body, ``{"detail": "..."}``; ``None`` when it is none."""
    if isinstance(body, dict) and "results" not in body and isinstance(body.get("detail"), str):
        return " ".join(body["detail"].split())[:200]
    return None


def results_of(body: Any) -> list[Any]:
    """The records of a page. Raises :class:`DataError` with the words of an error body."""
    problem = error_text(body)
    if problem is not None:
        raise DataError(f"the API answered with an error: {problem}")
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise DataError("the answer has no list under 'results'")
    return results


def next_page(body: Any) -> Mapping[str, str] | None:
    """The parameters of the next page, from its absolute URL; ``None`` on the last page.

    Its host and path are those already asked, possibly by another name, so they are not used.
    """
    url = body.get("next") if isinstance(body, dict) else None
    if url is None:
        return None
    try:
        return path_of(str(url))[1]
    except ValueError:
        raise DataError("its link to the next page is no URL") from None


def products_on_sale(results: Iterable[Any], at: datetime) -> list[Product]:
    """The Agile import products among ``results`` that are sold beyond ``at``."""
    found = (_agile(record, at) for record in results if isinstance(record, dict))
    return [product for product in found if product is not None]


def newest(products: Iterable[Product | None]) -> Product | None:
    """The product that came on sale last."""
    return max((product for product in products if product is not None), default=None)


def _agile(record: Mapping[str, Any], at: datetime) -> Product | None:
    code, until = record.get("code"), record.get("available_to")
    if not isinstance(code, str) or not is_agile_import(code):
        return None
    if record.get("direction", "IMPORT") != "IMPORT":
        return None
    try:
        since = instant(record.get("available_from"))
        is_sold = until is None or instant(until) > at
    except BadRecord:
        return None
    return Product(since, code) if is_sold else None
