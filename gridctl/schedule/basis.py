"""What a decision is to rest on, beside the job itself: how forecasts and prices are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gridctl.schedule.money.asked import MoneyAsked
from gridctl.schedule.signals.outlook import Outlook, outlook_of


@dataclass(frozen=True, kw_only=True)
class Basis:
    """``as_of`` is the past moment whose knowledge alone counts, ``None`` for the present.

    ``outlook`` is how the forecast is used, ``money`` the bill and the flexibility market.
    """

    as_of: datetime | None = None
    allow_synthetic: bool = False
    outlook: Outlook = field(default_factory=Outlook)
    money: MoneyAsked = field(default_factory=MoneyAsked)

    def request(self) -> dict[str, Any]:
        """In JSON's types, as ``metadata.request`` keeps it; :func:`basis_of` rebuilds it."""
        return {
            **self.outlook.request(),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "allow_synthetic": self.allow_synthetic,
            "money": self.money.request(),
        }


def make_basis(
    as_of: datetime | None,
    outlook: Outlook | None,
    money: MoneyAsked | None,
    *,
    allow_synthetic: bool,
) -> Basis:
    """A basis from what was given; what was not is as by default."""
    return Basis(
        as_of=as_of,
        allow_synthetic=allow_synthetic,
        outlook=outlook or Outlook(),
        money=money or MoneyAsked(),
    )


def basis_of(request: Mapping[str, Any]) -> Basis:
    """The basis of a recorded request. Raises :class:`gridctl.errors.UsageError` for a bad one."""
    as_of = request.get("as_of")
    return Basis(
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        allow_synthetic=bool(request.get("allow_synthetic")),
        outlook=outlook_of(request),
        money=MoneyAsked.from_request(request.get("money") or {}),
    )
