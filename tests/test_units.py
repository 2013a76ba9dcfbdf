import pytest

from gridctl import units
from gridctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "kwh"), [("5000kWh", 5000), ("5MWh", 5000), ("42", 42), ("500 Wh", 0.5), ("1e3", 1000)]
)
def test_energies(text: str, kwh: float) -> None:
    assert units.parse_energy_kwh(text) == kwh


@pytest.mark.parametrize(("text", "kw"), [("250kW", 250), ("1.2MW", 1200), ("7", 7), ("900w", 0.9)])
def test_powers(text: str, kw: float) -> None:
    assert units.parse_power_kw(text) == pytest.approx(kw)


@pytest.mark.parametrize("text", ["", "0", "-5kWh", "5kW", "kWh", "nan", "inf", "1e999", "5 5kWh"])
def test_bad_energies_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="energy"):
        units.parse_energy_kwh(text)


@pytest.mark.parametrize("text", ["5kWh", "0kW", "-1"])
def test_bad_powers_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="power"):
        units.parse_power_kw(text)
