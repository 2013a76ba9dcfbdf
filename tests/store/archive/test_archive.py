"""Archive, prune, bring back: every row is as it was, whatever goes wrong on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.upkeepstore import NOW, START, Upkept

from gridctl.clock import HALF_HOUR, iso
from gridctl.errors import DataError, UsageError
from gridctl.store import prune as pruning
from gridctl.store.archive import parquet
from gridctl.store.archive.checksum import Checksum, checksum, row_hash
from gridctl.store.connect import init
from gridctl.store.files import load_files
from gridctl.store.load import Loaded
from gridctl.store.prune import Pruned, prune
from gridctl.store.retention import PRUNABLE

MIDDLE = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALL = dict.fromkeys(PRUNABLE, MIDDLE)
REGIONAL = "carbon_intensity_regional"


def all_hashes(upkept: Upkept) -> dict[str, list[int]]:
    return {table: upkept.hashes(table) for table in PRUNABLE}


def bring_back(upkept: Upkept, *paths: Path) -> list[Loaded]:
    return load_files(upkept.config, paths, NOW)


def by_status(results: list[Loaded]) -> set[str]:
    return {result.status for result in results}


def archive_rows(folder: Path, table: str) -> int:
    with duckdb.connect() as con:
        pattern = f"{folder}/table={table}/**/*.parquet"
        return int(con.execute("SELECT count(*) FROM read_parquet(?)", [pattern]).fetchall()[0][0])


def test_what_is_archived_and_brought_back_is_what_was_there(
    upkept: Upkept, tmp_path: Path
) -> None:
    before = all_hashes(upkept)
    done = prune(upkept.config, ALL, tmp_path / "a")
    assert {p.table: p.rows for p in done if p.rows} == {
        p.table: p.total - upkept.count(p.table) for p in done if p.rows
    }
    after = all_hashes(upkept)
    assert sum(map(len, after.values())) < sum(map(len, before.values()))
    for table in PRUNABLE:
        assert set(after[table]) <= set(before[table])
    # Files as a shell names them, one by one; then again as their folder.
    assert by_status(bring_back(upkept, *(tmp_path / "a").rglob("*.parquet"))) == {"loaded"}
    assert all_hashes(upkept) == before
    assert by_status(bring_back(upkept, tmp_path / "a")) == {"unchanged"}
    assert all_hashes(upkept) == before


def test_the_archive_is_partitioned_by_table_and_month(upkept: Upkept, tmp_path: Path) -> None:
    [done] = prune(upkept.config, {REGIONAL: MIDDLE}, tmp_path)
    months = [path.parent.relative_to(tmp_path).as_posix() for path in done.files]
    assert months == [f"table={REGIONAL}/year=2026/month={month}" for month in ("04", "05")]
    april, may = (pq.read_table(path, partitioning=None) for path in done.files)
    assert set(april["region_number"].to_pylist()) == set(range(1, 15))
    assert max(april["timestamp"].to_pylist()) == datetime(2026, 4, 30, 23, 30, tzinfo=UTC)
    assert len(april) + len(may) == done.rows


def test_an_archive_goes_into_another_database(upkept: Upkept, tmp_path: Path) -> None:
    before = upkept.hashes(REGIONAL)
    prune(upkept.config, {REGIONAL: NOW + timedelta(days=9)}, tmp_path / "a")
    other = Upkept(upkept.config.with_database(tmp_path / "other.duckdb"))
    assert by_status(bring_back(other, tmp_path / "a")) == {"loaded"}
    assert other.hashes(REGIONAL) == before


def test_rows_of_windows_that_are_not_there_are_refused(upkept: Upkept, tmp_path: Path) -> None:
    prune(upkept.config, {"offers": NOW + timedelta(days=9)}, tmp_path / "a")
    other = upkept.config.with_database(tmp_path / "other.duckdb")
    init(other.database, timedelta(seconds=1))
    results = load_files(other, [tmp_path / "a"], NOW)
    assert by_status(results) == {"refused"}
    assert "do not fit this database" in str(results[0].error)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(st.integers(0, 110), min_size=1, max_size=4),
    tables=st.sets(st.sampled_from(PRUNABLE), min_size=1),
)
def test_any_prunes_in_any_order_are_undone(
    upkept: Upkept, tmp_path_factory: pytest.TempPathFactory, cuts: list[int], tables: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    before = all_hashes(upkept)
    total = 0
    for cut in cuts:
        done = prune(upkept.config, dict.fromkeys(sorted(tables), START + cut * HALF_HOUR), folder)
        total += sum(p.rows for p in done)
    assert total == sum(archive_rows(folder, p.name[6:]) for p in folder.iterdir())
    bring_back(upkept, folder)
    assert all_hashes(upkept) == before


CRASHES = {
    "while writing": "from gridctl.store.archive import parquet as m; name = 'open_archive'",
    "before deleting": "from gridctl.store import prune as m; name = '_delete'",
    "between two tables": """
from gridctl.store import prune as m; name = '_delete'; real = m._delete; after = 2""",
}


@pytest.mark.parametrize("moment", CRASHES)
def test_a_killed_prune_is_finished_by_the_next(
    upkept: Upkept, tmp_path: Path, moment: str
) -> None:
    before, folder = all_hashes(upkept), tmp_path / "a"
    program = f"""
import os, signal, sys
from datetime import datetime
from pathlib import Path
from gridctl.config import load_config
from gridctl.store.prune import prune
from gridctl.store.retention import PRUNABLE
real, after = None, 0
{CRASHES[moment]}
def die(*arguments):
    global after
    if after:
        after -= 1
        return real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(m, name, die)
prune(load_config(), dict.fromkeys(PRUNABLE, datetime.fromisoformat({MIDDLE.isoformat()!r})),
      Path({str(folder)!r}))
"""
    killed = subprocess.run([sys.executable, "-c", program], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    done = prune(upkept.config, ALL, folder)
    assert not list(folder.rglob(".part*"))
    gone = {t: len(before[t]) - upkept.count(t) for t in PRUNABLE}
    assert all(gone[p.name[6:]] == archive_rows(folder, p.name[6:]) for p in folder.iterdir())
    if moment != "between two tables":
        assert {p.table: p.rows for p in done} == gone
    bring_back(upkept, folder)
    assert all_hashes(upkept) == before


def archive_only(upkept: Upkept, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a prune leaves it that is cut off before it deletes."""
    with monkeypatch.context() as patched:
        patched.setattr(pruning, "_delete", lambda con, rows: None)
        prune(upkept.config, {REGIONAL: MIDDLE}, folder)


def test_rows_changed_since_they_were_archived_are_archived_anew(
    upkept: Upkept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_only(upkept, tmp_path, monkeypatch)
    upkept.execute(
        f"""UPDATE {REGIONAL} SET forecast_gco2_kwh = 1, fetched_at = '{iso(NOW + HALF_HOUR)}'
            WHERE timestamp = '{iso(START)}' AND region_number = 3"""
    )
    before = upkept.hashes(REGIONAL)
    [done] = prune(upkept.config, {REGIONAL: MIDDLE}, tmp_path)
    assert archive_rows(tmp_path, REGIONAL) == done.rows + 1
    bring_back(upkept, tmp_path)
    assert len(upkept.hashes(REGIONAL)) == len(before)
    assert upkept.execute(
        f"""SELECT forecast_gco2_kwh FROM {REGIONAL}
            WHERE timestamp = '{iso(START)}' AND region_number = 3"""
    ) == [(1,)]


def test_without_an_archive_rows_are_deleted(upkept: Upkept, tmp_path: Path) -> None:
    [done] = prune(upkept.config, {REGIONAL: MIDDLE}, None)
    assert done == Pruned(
        REGIONAL, MIDDLE, done.rows, done.total, START, MIDDLE - HALF_HOUR, files=()
    )
    assert upkept.count(REGIONAL) == done.total - done.rows > 0
    assert not list(tmp_path.rglob("*.parquet"))


def test_an_archive_that_cannot_be_written_costs_nothing(upkept: Upkept, tmp_path: Path) -> None:
    before = all_hashes(upkept)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match=r"cannot archive to .*; nothing was deleted"):
        prune(upkept.config, ALL, tmp_path / "file")
    assert all_hashes(upkept) == before


def test_a_disk_that_fills_up_leaves_no_part_behind(
    upkept: Upkept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = all_hashes(upkept), parquet.write
    written = []

    def write(con: Any, path: Path, *arguments: Any) -> None:
        if written:
            path.write_bytes(b"PAR1")
            raise duckdb.IOException("IO Error: No space left on device")
        written.append(path)
        real(con, path, *arguments)

    monkeypatch.setattr(parquet, "write", write)
    with pytest.raises(UsageError, match="No space left on device; nothing was deleted"):
        prune(upkept.config, ALL, tmp_path)
    assert all_hashes(upkept) == before
    assert [p.name for p in tmp_path.rglob("*part*") if p.name.startswith(".")] == []


def test_what_does_not_read_back_is_not_deleted(
    upkept: Upkept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = all_hashes(upkept), parquet.write

    def write(con: Any, path: Path, table: str, select: str, content: Checksum) -> None:
        real(con, path, table, f"SELECT * FROM ({select}) LIMIT {content.rows - 1}", content)

    monkeypatch.setattr(parquet, "write", write)
    with pytest.raises(DataError, match="nothing was deleted"):
        prune(upkept.config, ALL, tmp_path)
    assert all_hashes(upkept) == before
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_damaged_file_in_the_archive_stops_it(
    upkept: Upkept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_only(upkept, tmp_path, monkeypatch)
    damaged = next(tmp_path.rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"archived before, is damaged: .*nothing was deleted"):
        prune(upkept.config, {REGIONAL: MIDDLE}, tmp_path)


def test_a_newer_value_in_the_store_stays_and_an_older_one_gives_way(
    upkept: Upkept, tmp_path: Path
) -> None:
    """Field by field: what is stored was fetched later and says a forecast, but no actual."""
    table, later = "carbon_intensity_national", NOW + HALF_HOUR
    prune(upkept.config, {table: MIDDLE}, tmp_path)
    rows = f"FROM read_parquet('{tmp_path}/**/*.parquet', hive_partitioning = false)"
    first = f"WHERE timestamp = TIMESTAMPTZ '{iso(START)}'"
    upkept.execute(
        f"""INSERT INTO {table} SELECT * REPLACE (
                1.0 AS forecast_gco2_kwh, NULL AS actual_gco2_kwh, NULL AS older_fields,
                TIMESTAMPTZ '{iso(later)}' AS fetched_at) {rows} {first}"""
    )
    [(actual,)] = upkept.execute(f"SELECT actual_gco2_kwh {rows} {first}")
    assert [r.updated for r in bring_back(upkept, tmp_path)] == [1, 0]
    got = upkept.execute(
        f"""SELECT forecast_gco2_kwh, actual_gco2_kwh, fetched_at = '{iso(later)}'
            FROM {table} {first}"""
    )
    assert got == [(1.0, actual, True)]
    again = upkept.hashes(table)
    bring_back(upkept, tmp_path)
    assert upkept.hashes(table) == again


@pytest.fixture
def part(upkept: Upkept, tmp_path: Path) -> Path:
    """One archive file, its rows pruned."""
    [done] = prune(upkept.config, {"demand_actual_national": MIDDLE}, tmp_path / "a")
    return done.files[0]


def test_a_bad_file_is_refused_and_the_others_load(
    upkept: Upkept, part: Path, tmp_path: Path
) -> None:
    cut, foreign, empty = (tmp_path / f"{name}.parquet" for name in ("cut", "foreign", "empty"))
    cut.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    pq.write_table(pa.table({"timestamp": [1], "x": ["y"]}), foreign)
    empty.write_bytes(b"PAR1")
    results = bring_back(upkept, cut, foreign, empty, part)
    assert [r.status for r in results] == ["refused"] * 3 + ["loaded"]
    assert "not a whole Parquet file" in str(results[0].error)
    assert "not one that `gridctl store prune` archived" in str(results[1].error)


def rewritten(part: Path, target: Path, select: str, **marks: str) -> Path:
    """The file with other rows or marks than it was written with."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        old = parquet.open_archive(con, part)
        known = {
            "table": old.table,
            "schema_step": "1",
            "rows": str(old.checksum.rows),
            "checksum": old.checksum.digest,
        }
        written = ", ".join(f"'gridctl.{k}': '{v}'" for k, v in (known | marks).items())
        con.execute(
            f"""COPY ({select} FROM {parquet.rows_of(part)}) TO '{target}'
                (FORMAT parquet, KV_METADATA {{{written}}})"""
        )
    return target


@pytest.mark.parametrize(
    ("select", "marks", "why"),
    [
        ("SELECT * REPLACE (1.0 AS demand_mw)", {}, "not those that were archived"),
        ("SELECT * EXCLUDE (demand_mw)", {}, "not those that were archived"),
        ("SELECT *", {"rows": "many"}, "not a whole Parquet file"),
        ("SELECT *", {"schema_step": "99"}, "upgrade gridctl"),
        ("SELECT *", {"table": "workload_schedules"}, "which are not archived"),
        ("SELECT *", {"table": "offers"}, "offers here has no"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    upkept: Upkept, part: Path, tmp_path: Path, select: str, marks: dict[str, str], why: str
) -> None:
    before = upkept.hashes("demand_actual_national")
    [result] = bring_back(upkept, rewritten(part, tmp_path / "x.parquet", select, **marks))
    assert result.status == "refused"
    assert why in str(result.error)
    assert upkept.hashes("demand_actual_national") == before


def test_a_column_that_this_schema_does_not_know_is_refused(
    upkept: Upkept, part: Path, tmp_path: Path
) -> None:
    select = "SELECT *, 1 AS frequency_hz"
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        relation = f"({select} FROM {parquet.rows_of(part)})"
        types = {n: k for n, k, *_ in con.execute(f"DESCRIBE {relation[1:-1]}").fetchall()}
        found = checksum(con, relation, types)
    path = rewritten(part, tmp_path / "x.parquet", select, checksum=found.digest)
    [result] = bring_back(upkept, path)
    assert (result.status, result.error) == (
        "refused",
        "demand_actual_national here has no frequency_hz INTEGER",
    )


def test_an_archive_under_an_awkward_name(upkept: Upkept, tmp_path: Path) -> None:
    before, folder = upkept.hashes(REGIONAL), tmp_path / "it's [a] *?=b"
    prune(upkept.config, {REGIONAL: MIDDLE}, folder)
    prune(upkept.config, {REGIONAL: MIDDLE + HALF_HOUR}, folder)
    bring_back(upkept, folder)
    assert upkept.hashes(REGIONAL) == before


def test_a_copy_of_a_file_brings_nothing_new(upkept: Upkept, part: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(part, tmp_path / "copy.parquet"))
    assert [r.status for r in bring_back(upkept, part, copy, part)] == [
        "loaded",
        "unchanged",
        "loaded",
    ]


@given(
    rows=st.lists(
        st.tuples(st.none() | st.text(), st.none() | st.floats(allow_nan=False)), max_size=8
    ),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_the_checksum_knows_every_row_but_not_their_order(
    rows: list[tuple[str | None, float | None]], order: Any
) -> None:
    types = {"name": "VARCHAR", "value": "DOUBLE"}

    def of(some: list[tuple[str | None, float | None]]) -> Checksum:
        with duckdb.connect() as con:
            con.execute("CREATE TABLE t (name VARCHAR, value DOUBLE)")
            if some:
                con.executemany("INSERT INTO t VALUES (?, ?)", some)
            return checksum(con, "t", types)

    shuffled = list(rows)
    order.shuffle(shuffled)
    assert of(shuffled) == of(rows)
    if rows:
        assert of(rows[1:]) != of(rows)
        assert of([*rows, rows[0]]) != of(rows)


def test_the_hash_of_a_row_is_the_same_in_every_version() -> None:
    """The text and its MD5 are fixed: archives outlive the DuckDB that wrote them."""
    types = {
        "id": "UUID",
        "at": "TIMESTAMP WITH TIME ZONE",
        "x": "DOUBLE",
        "xs": "DOUBLE[]",
        "day": "DATE",
        "yes": "BOOLEAN",
        "doc": "JSON",
        "none": "VARCHAR",
    }
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Asia/Tokyo'")
        con.execute(
            """CREATE TABLE t AS SELECT '9d452877-fd75-5687-ae7b-827271318fa6'::UUID AS id,
                   TIMESTAMPTZ '2026-05-06 12:00:00+00' AS at, 0.30000000000000004::DOUBLE AS x,
                   [1.5, NULL, -1e-7, 1e21]::DOUBLE[] AS xs, DATE '2026-05-06' AS day, true AS yes,
                   '{"a": [1, 2.50]}'::JSON AS doc, NULL::VARCHAR AS none"""
        )
        [(found,)] = con.execute(f"SELECT {row_hash(types, 't')} FROM t").fetchall()
    text = "\x1f".join(
        (
            "9d452877-fd75-5687-ae7b-827271318fa6",
            "1778068800000000",
            "0.30000000000000004",
            "[1.5, NULL, -1e-07, 1e+21]",
            "2026-05-06",
            "true",
            '{"a": [1, 2.50]}',
            "\0",
        )
    )
    assert found == int.from_bytes(md5(text.encode()).digest()[8:], "little")
