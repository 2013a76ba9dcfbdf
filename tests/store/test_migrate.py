"""Creating and upgrading the database."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from gridctl.errors import DatabaseError
from gridctl.model import natural_id
from gridctl.store import migrate
from gridctl.store.connect import init, open_reader, open_writer

WAIT = timedelta(seconds=1)


def test_init_makes_22_tables_and_the_views_and_repeats_harmlessly(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "grid.duckdb"
    assert "0001_regions" in init(path, WAIT)
    assert init(path, WAIT) == []
    with open_reader(path, WAIT) as con:
        kinds = con.execute(
            "SELECT table_type, count(*) FROM information_schema.tables "
            "WHERE table_schema = 'main' GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert dict(kinds)["BASE TABLE"] == 22
        views = {
            row[0]
            for row in con.execute(
                "SELECT view_name FROM duckdb_views() WHERE NOT internal"
            ).fetchall()
        }
        assert views >= {
            "current_grid_status",
            "regional_compute_opportunities",
            "workload_optimization_opportunities",
            "latest_grid_conditions",
        }
        steps = con.execute("SELECT step FROM gridctl.schema_steps ORDER BY 1").fetchall()
        assert steps == [(number,) for number, _ in migrate.steps()]
    assert [file.name for file in path.parent.iterdir()] == ["grid.duckdb"]


def test_every_table_and_view_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "grid.duckdb"
    init(path, WAIT)
    silent = """
        SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND comment IS NULL
        UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL"""
    with open_reader(path, WAIT) as con:
        assert con.execute(silent).fetchall() == []


def test_regions_are_seeded_and_shares_sum_to_100(tmp_path: Path) -> None:
    path = tmp_path / "grid.duckdb"
    init(path, WAIT)
    with open_reader(path, WAIT) as con:
        count, share, basis = con.execute(
            "SELECT count(*), sum(demand_share), any_value(demand_share_basis) FROM uk_regions"
        ).fetchall()[0]
        assert (count, round(share, 9)) == (14, 100)
        assert "estimate" in basis


def test_ids_in_sql_are_those_of_python(tmp_path: Path) -> None:
    init(tmp_path / "g.duckdb", WAIT)
    keys = [f"{i}|2025-01-01T00:00:00Z" for i in range(200)] + ["GB", "", "é|€"]
    with open_reader(tmp_path / "g.duckdb", WAIT) as con:
        for key in keys:
            made = con.execute("SELECT natural_id('t', ?)", [key]).fetchall()[0][0]
            assert (
                made
                == natural_id("t", key)
                == uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "gridctl"), f"t|{key}")
            )


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "grid.duckdb"
    init(path, WAIT)
    with duckdb.connect(str(path)) as con:
        con.execute("INSERT INTO gridctl.schema_steps VALUES (9999, 'x', now(), '99.0')")
    with pytest.raises(DatabaseError, match=r"step 9999.*upgrade gridctl"):
        init(path, WAIT)
    with pytest.raises(DatabaseError, match="9999"), open_reader(path, WAIT):
        pass


def test_an_older_schema_is_upgraded_by_writers_and_refused_by_readers(tmp_path: Path) -> None:
    path = tmp_path / "grid.duckdb"
    init(path, WAIT)
    last, _ = migrate.steps()[-1]
    with duckdb.connect(str(path)) as con:
        con.execute("DROP VIEW forecast_vintage_points")
        con.execute("DROP TABLE forecast_vintages")
        con.execute("DROP TABLE api_logs")
        con.execute("DELETE FROM gridctl.schema_steps WHERE step = ?", [last])
        con.execute("DELETE FROM gridctl.schema_texts WHERE name = 'forecast_vintage_points'")
    with pytest.raises(DatabaseError, match="gridctl init"), open_reader(path, WAIT):
        pass
    with open_writer(path, WAIT) as con:
        assert con.execute("SELECT count(*) FROM forecast_vintage_points").fetchall() == [(0,)]


def test_a_changed_view_is_replaced_and_keeps_its_comment(tmp_path: Path) -> None:
    path = tmp_path / "grid.duckdb"
    init(path, WAIT)
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE OR REPLACE VIEW current_grid_status AS SELECT 1 AS old")
        con.execute(
            "UPDATE gridctl.schema_texts SET sha256 = 'x' WHERE name = 'current_grid_status'"
        )
    assert init(path, WAIT) == ["current_grid_status", "comments"]
    comment = "SELECT comment FROM duckdb_views() WHERE view_name = 'current_grid_status'"
    with open_reader(path, WAIT) as con:
        assert con.execute(comment).fetchall() != [(None,)]


def test_foreign_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("CREATE TABLE mine (x INTEGER)")
    text = tmp_path / "text.duckdb"
    text.write_text("not a database, and long enough to have been one" * 100)
    for path, message in (
        (other, "not a gridctl database"),
        (text, "not a usable"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(DatabaseError, match=message):
            init(path, WAIT)
    assert text.read_text().startswith("not a database")
    with pytest.raises(DatabaseError, match="not a gridctl"), open_reader(other, WAIT):
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="cannot create"):
        init(tmp_path / "file" / "grid.duckdb", WAIT)


def test_a_killed_init_leaves_no_half_database(tmp_path: Path) -> None:
    path = tmp_path / "grid.duckdb"
    program = (
        "import sys, time; from pathlib import Path; from datetime import timedelta\n"
        "from gridctl.store import migrate, connect\n"
        "seed = migrate._seed_regions\n"
        "def slow(con): print('now', flush=True); time.sleep(60)\n"
        "migrate._seed_regions = slow\n"
        "connect.init(Path(sys.argv[1]), timedelta(seconds=1))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not path.exists()
    assert os.listdir(tmp_path)  # what it was building, under another name
    assert "0001_regions" in init(path, WAIT)
    assert os.listdir(tmp_path) == ["grid.duckdb"]
