"""Tariff codes: the product, and by its last letter the region."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gridctl.regions import Region, all_regions

# The code of an Agile product ends with the day it was launched; 1R is a tariff of one rate.
_PRODUCT = r"AGILE-(?:[A-Z0-9]+-)*?\d\d-\d\d-\d\d"
_CODE = re.compile(rf"E-1R-({_PRODUCT})-([A-P])(?![A-Z0-9])", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Tariff:
    """A product in a region."""

    product: str
    region: Region

    @property
    def code(self) -> str:
        return f"E-1R-{self.product}-{self.region.gsp_group}"


def find_tariff(text: str) -> Tariff | None:
    """The Agile tariff whose code stands in a URL or the name of a file."""
    match = _CODE.search(text)
    if match is None or not is_agile_import(match[1].upper()):
        return None
    letter = match[2].upper()
    region = next((region for region in all_regions() if region.gsp_group == letter), None)
    return Tariff(match[1].upper(), region) if region else None


def is_agile_import(product: str) -> bool:
    """Whether a product code is of Agile, and not of what is paid for export (``OUTGOING``)."""
    is_agile = re.fullmatch(_PRODUCT, product, re.ASCII) is not None
    return is_agile and "OUTGOING" not in product
