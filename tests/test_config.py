from datetime import timedelta
from pathlib import Path

import pytest

from gridctl.config import SETTINGS, describe, load_config
from gridctl.errors import UsageError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "gridctl.toml"
    path.write_text(text)
    return path


def test_the_order_of_precedence(tmp_path: Path) -> None:
    path = write(tmp_path, '[store]\npath = "file.duckdb"\nlock_timeout = "3s"\n')
    config = load_config(path, {})
    assert config.database == Path("file.duckdb")
    assert config["store.lock_timeout"] == timedelta(seconds=3)
    assert load_config(path, {"GRIDCTL_STORE_PATH": "env.duckdb"}).database == Path("env.duckdb")
    both = {"GRIDCTL_STORE_PATH": "env.duckdb", "GRIDCTL_DB": "db.duckdb"}
    assert load_config(path, both).database == Path("db.duckdb")
    assert load_config(path, both).with_database("option").database == Path("option")


def test_each_value_says_where_it_came_from(tmp_path: Path) -> None:
    path = write(tmp_path, "[limits]\nprice_max = 5000\n")
    config = load_config(path, {"GRIDCTL_FETCH_SOURCES": "synthetic, carbon-intensity"})
    rows = {row["setting"]: row for row in describe(config)}
    assert rows["limits.price_max"]["origin"] == str(path)
    assert rows["fetch.sources"]["value"] == "synthetic, carbon-intensity"
    assert rows["fetch.sources"]["origin"] == "GRIDCTL_FETCH_SOURCES"
    assert rows["neso.url"]["origin"] == "default"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[store]\npth = 'x'\n", "did you mean store.path"),
        ("path = 'x'\n", "outside any"),
        ("[store]\nlock_timeout = 5\n", "must be a duration"),
        ("[limits]\nprice_max = 'many'\n", "must be a number"),
        ("[limits]\nprice_max = true\n", "must be a number"),
        ("[fetch]\nsources = [1]\n", "must be a list"),
        ("[store\n", "cannot be read"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_config(write(tmp_path, text), {})


def test_a_file_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load_config(tmp_path / "none.toml", {})
    with pytest.raises(UsageError, match="does not exist"):
        load_config(None, {"GRIDCTL_CONFIG": str(tmp_path / "none.toml")})


def test_settings_have_unique_names_and_say_what_they_are_for() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    assert all(setting.about for setting in SETTINGS)
