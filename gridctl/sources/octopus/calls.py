"""Which calls to make: find the product on sale unless one is set, then its rates by region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gridctl.clock import ceil_half_hour, floor_half_hour, iso
from gridctl.errors import DataError, UsageError
from gridctl.model import CATALOGUE, Request, Window
from gridctl.regions import Region, find_region
from gridctl.sources.base import Options, load_json
from gridctl.sources.octopus.pages import Product, newest, next_page, products_on_sale, results_of
from gridctl.sources.octopus.tariff import Tariff, is_agile_import
from gridctl.sources.records import spans

Params = Mapping[str, str]

_PRODUCTS = "/v1/products/"
_PAGE = 1500  # rates; the most that one page is known to hold
_CHUNK = timedelta(days=30)  # 1,440 half hours, so one page
_PAST = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ProductSearch(Request):
    """A page of the list of products, and what its product's rates are wanted for."""

    wanted: Window
    at: datetime  # the product must be on sale then
    in_history: bool
    best: Product | None = None  # of the pages before


@dataclass(frozen=True, kw_only=True)
class RatesCall(Request):
    """A page of a tariff's rates. ``must_have_rates``: none at all means that the product ended."""

    tariff: Tariff
    must_have_rates: bool


def not_ready(options: Options) -> str | None:
    """Agile prices differ by region, so at least one has to be chosen."""
    product = str(options.get("product") or "")
    if not options.get("regions"):
        return 'no regions chosen: set octopus.regions, say regions = ["London", "Yorkshire"]'
    if product and not is_agile_import(product):
        return f"octopus.product {product!r} is not an Agile import product such as AGILE-24-10-01"
    try:
        _regions(options)
    except UsageError as error:
        return f"octopus.regions: {error}"
    return None


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """Since yesterday, and as far ahead as is published."""
    wanted = Window(floor_half_hour(now) - _PAST, ceil_half_hour(now + ahead))
    return list(_calls(wanted, now, options, in_history=False))


def history(dataset: str, window: Window, options: Options) -> list[Request]:
    """Rates of 30 days a call. A product has them only from its launch on; see the setting."""
    wanted = Window(floor_half_hour(window.start), ceil_half_hour(window.end))
    return list(_calls(wanted, wanted.end, options, in_history=True))


def follow(request: Request, body: bytes, options: Options) -> list[Request]:
    """The next page, or the rates of the product found.

    Raises :class:`DataError` when no Agile product is on sale, when a product has no rates any
    more, and with the words of an error body.
    """
    document = load_json(body)
    results, further = results_of(document), next_page(document)
    params = None if further is None else {**request.params, **further}
    if params == request.params:
        raise DataError("its link to the next page leads back to the page itself")
    if isinstance(request, ProductSearch):
        return _after_products(request, results, params, options)
    if isinstance(request, RatesCall):
        return _after_rates(request, results, params)
    return []


def _after_products(
    request: ProductSearch, results: list[Any], params: Params | None, options: Options
) -> list[Request]:
    best = newest([request.best, *products_on_sale(results, request.at)])
    if params is not None:
        return [replace(request, params=params, best=best)]
    if best is None:
        raise DataError("no Agile import product is on sale; set octopus.product to a code")
    return list(_rates(best.code, request.wanted, options, in_history=request.in_history))


def _after_rates(request: RatesCall, results: list[Any], params: Params | None) -> list[Request]:
    if not results and request.must_have_rates:
        raise DataError(
            f"{request.tariff.code} has no rates from {request.params['period_from']} to "
            f"{request.params['period_to']}: the product may have ended, or not begun; leave "
            "octopus.product empty to use the one on sale, or set one of that time"
        )
    return [] if params is None else [replace(request, params=params, must_have_rates=False)]


def _calls(
    wanted: Window, at: datetime, options: Options, *, in_history: bool
) -> Iterable[Request]:
    product = str(options.get("product") or "")
    if product:
        return _rates(product, wanted, options, in_history=in_history)
    search = ProductSearch(
        "octopus",
        CATALOGUE,
        _PRODUCTS,
        {"brand": "OCTOPUS_ENERGY"},
        serves="agile",
        wanted=wanted,
        at=at,
        in_history=in_history,
    )
    return [search]


def _rates(
    product: str, wanted: Window, options: Options, *, in_history: bool
) -> Iterable[RatesCall]:
    pieces = spans(wanted.start, wanted.end, _CHUNK) if in_history else [(wanted.start, wanted.end)]
    for start, end in pieces:
        for region in _regions(options):
            tariff = Tariff(product, region)
            yield RatesCall(
                "octopus",
                "agile",
                f"{_PRODUCTS}{product}/electricity-tariffs/{tariff.code}/standard-unit-rates/",
                # Without a zone the API would take them as local time.
                {"period_from": iso(start), "period_to": iso(end), "page_size": str(_PAGE)},
                window=Window(start, end) if in_history else None,
                part=region.code,
                tariff=tariff,
                must_have_rates=end == wanted.end,
            )


def _regions(options: Options) -> list[Region]:
    """The chosen regions, each once. Raises :class:`UsageError` for one that is not."""
    found = (find_region(str(text)) for text in options.get("regions") or ())
    return list({region.number: region for region in found}.values())
