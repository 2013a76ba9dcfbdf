"""Exports as a whole: where they go, what is refused, and that nothing is left half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from processes import held
from query.querystore import SLOT, Store

from gridctl.errors import DatabaseBusyError, DatabaseError, UsageError
from gridctl.store.export.run import FORMATS, export


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_parquet_has_a_file_for_each_table_with_exact_types(demo: Store, tmp_path: Path) -> None:
    done = export(demo.config, tmp_path / "out", "parquet")
    assert len(done.rows) == 22
    assert done.bytes == sum(file.stat().st_size for file in (tmp_path / "out").iterdir())
    with duckdb.connect(str(demo.config.database), read_only=True) as con:
        for table, rows in done.rows.items():
            file = f"'{tmp_path}/out/{table}.parquet'"
            types = "SELECT column_name, column_type FROM (DESCRIBE {})"
            there = con.execute(types.format(f"FROM {file}")).fetchall()
            assert there == con.execute(types.format(table)).fetchall()
            assert con.execute(f"SELECT count(*) FROM {file}").fetchall() == [(rows,)]
            for one, other in ((file, table), (table, file)):
                differing = f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})"
                assert con.execute(differing).fetchall() == [(0,)]


def test_the_tables_are_listed_before_those_that_refer_to_them(demo: Store, tmp_path: Path) -> None:
    order = list(export(demo.config, tmp_path / "out", "csv").rows)
    assert order.index("grid_zones") < order.index("compute_windows") < order.index("offers")
    assert order.index("compute_workloads") < order.index("workload_schedules")


def test_one_table_can_be_one_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    assert export(store.config, path, "csv", ["uk_regions"]).rows == {"uk_regions": 14}
    assert path.read_bytes().count(b"\r\n") == 15
    with pytest.raises(UsageError, match="can hold one table"):
        export(store.config, tmp_path / "all.csv", "csv")
    export(store.config, tmp_path / "some", "csv", ["uk_regions", "agents"])
    assert names(tmp_path / "some") == {"uk_regions.csv", "agents.csv"}


@pytest.mark.parametrize(
    ("name", "format", "begins"),
    [
        ("a.csv", "csv", b"id,"), ("a.Parquet", "parquet", b"PAR1"),
        ("a.sqlite", "sqlite", b"SQLite"), ("a.db", "sqlite", b"SQLite"),
    ],
)  # fmt: skip
def test_the_target_says_the_format(
    store: Store, tmp_path: Path, name: str, format: str, begins: bytes
) -> None:
    export(store.config, tmp_path / name, None, ["uk_regions"])
    assert (tmp_path / name).read_bytes().startswith(begins)
    for other in {*FORMATS} - {format}:
        with pytest.raises(UsageError, match=f"and --format is {other}: change one"):
            export(store.config, tmp_path / name, other, ["uk_regions"], overwrite=True)
    assert names(tmp_path) == {"grid.duckdb", name}


def test_a_target_that_says_nothing_is_a_folder_of_parquet(store: Store, tmp_path: Path) -> None:
    export(store.config, tmp_path / "v1.2", None, ["uk_regions"])
    assert names(tmp_path / "v1.2") == {"uk_regions.parquet"}


def test_a_folder_that_is_not_there_is_not_made(config: Any, tmp_path: Path) -> None:
    for target in (tmp_path / "not-mounted" / "out", tmp_path / "not-mounted" / "a.csv"):
        with pytest.raises(UsageError, match="there is no folder"):  # nor is there a database
            export(config, target)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_there_is_replaced_only_when_asked(
    store: Store, tmp_path: Path, format: str
) -> None:
    target = tmp_path / "out"
    export(store.config, target, format, ["uk_regions"])
    with pytest.raises(UsageError, match="--overwrite"):
        export(store.config, target, format, ["agents"])
    export(store.config, target, format, ["agents"], overwrite=True)
    if target.is_dir():
        assert names(target) == {f"agents.{format}"}
    assert {name for name in names(tmp_path) if "new" in name} == set()


def test_a_folder_with_anything_else_in_it_is_never_replaced(store: Store, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        export(store.config, tmp_path / "home", "parquet", overwrite=True)
    assert names(tmp_path / "home") == {"thesis.tex"}


@pytest.mark.parametrize("format", FORMATS)
def test_the_database_and_its_journal_are_never_written_over(store: Store, format: str) -> None:
    for own in (store.config.database, store.config.database.with_suffix(".landing.sqlite")):
        with pytest.raises(UsageError, match="name another"):
            export(store.config, own, format, ["uk_regions"], overwrite=True)


def test_an_unknown_table_says_which_are_near(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean uk_regions"):
        export(store.config, tmp_path / "o", "csv", ["uk_region"])
    with pytest.raises(UsageError, match="there are: "):
        export(store.config, tmp_path / "o", "csv", ["; DROP TABLE agents"])
    assert not (tmp_path / "o").exists()


def test_no_database_is_no_export(config: Any, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no database"):
        export(config, tmp_path / "o", "csv")
    assert names(tmp_path) == set()


def test_it_goes_on_beside_readers_and_says_which_writer_is_in_the_way(
    store: Store, tmp_path: Path
) -> None:
    with held(store.config.database, read_only=True):
        export(store.config, tmp_path / "o", "parquet")
    with (
        held(store.config.database, read_only=False) as pid,
        pytest.raises(DatabaseBusyError, match=str(pid)),
    ):
        export(store.config, tmp_path / "p", "parquet")
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_when_it_cannot_be_written_nothing_is_left(
    store: Store, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    before = names(tmp_path)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match=r"cannot write .*: No space left on device"):
        export(store.config, tmp_path / "out", format)
    assert names(tmp_path) == before


def test_a_killed_export_leaves_nothing_under_the_name_and_the_next_cleans_up(
    store: Store, tmp_path: Path
) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from gridctl.config import load_config\n"
        "from gridctl.store.export import parquet, run\n"
        "write = parquet.write\n"
        "def slow(*arguments):\n"
        "    write(*arguments); print('one', flush=True); time.sleep(60)\n"
        "parquet.write = slow\n"
        "run.export(load_config(), Path(sys.argv[1]), 'parquet')\n"
    )
    target = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(target)], stdout=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not target.exists()
    assert any(name.endswith(".new") for name in names(tmp_path))
    export(store.config, target, "parquet", ["agents"])
    assert not any(name.endswith(".new") for name in names(tmp_path))


def test_csv_is_rfc_4180_with_iso_times(store: Store, tmp_path: Path) -> None:
    store.carbon(SLOT, 120.5)
    store.add("agents", {"agent_name": 'a,"b"\r\nc', "agent_type": "orchestrator",
                         "metadata": '{"x": ""}'})  # fmt: skip
    store.add("forecast_vintages", {
        "series": "demand", "issued_at": SLOT, "first_timestamp": SLOT, "step_minutes": 30,
        "forecast_values": [1.5, None]})  # fmt: skip
    export(store.config, tmp_path / "o", "csv")
    carbon = (tmp_path / "o" / "carbon_intensity_national.csv").read_text()
    assert ",2026-05-06T12:00:00Z,120.5,,," in carbon
    agents = (tmp_path / "o" / "agents.csv").read_bytes()
    assert b',"a,""b""\r\nc",orchestrator,,,,true,"{""x"": """"}",' in agents
    assert b',"[1.5,null]",' in (tmp_path / "o" / "forecast_vintages.csv").read_bytes()
