"""``gridctl cron``: what is written into the crontab, what is not touched, and that it runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upstream import Upstream

from gridctl import clock
from gridctl.config import SETTINGS, Setting, load_config
from gridctl.errors import UsageError
from gridctl.ops import cron
from gridctl.ops.cron import (
    FIRST_MARK,
    INTERVALS,
    LAST_MARK,
    crontab_line,
    environment,
    split,
    spread,
    time_fields,
    with_block,
    without_block,
)

ROOT = Path(__file__).parents[2]
OTHERS = "MAILTO=me@example.org\n# nightly\n0 3 * * * /usr/bin/backup --all > /dev/null\n"
LINE = "7,37 * * * * gridctl fetch --if-free"
BLOCK = f"{FIRST_MARK}\n{LINE}\n{LAST_MARK}\n"

CRONTAB = """#!/bin/sh
case "$1" in
-l) if [ -f "{file}" ]; then cat "{file}"; else echo "no crontab for tester" >&2; exit 1; fi ;;
-)  cat > "{file}.new"
    if [ -s "{file}.new" ] && [ "$(tail -c 1 "{file}.new" | wc -l)" -eq 0 ]; then
        echo "new crontab file is missing newline before EOF, can't install." >&2; exit 1
    fi
    echo written >> "{file}.log"; mv "{file}.new" "{file}" ;;
*)  exit 2 ;;
esac
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def crontab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that the ``crontab`` program of this test keeps; none yet."""
    file = tmp_path / "spool" / "tester"
    file.parent.mkdir()
    script(tmp_path / "bin" / "crontab", CRONTAB.format(file=file))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return file


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installed ``gridctl``, in a folder with a space and a per cent sign in its name."""
    starts = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import gridctl.__main__ as m; m.main()"
    )
    path = script(tmp_path / "my 5% tools" / "gridctl", f"#!{sys.executable}\n{starts}\n")
    monkeypatch.setattr(sys, "argv", [str(path)])
    monkeypatch.setenv("HOME", str(tmp_path))
    return path


def as_cron_reads(line: str, *, halves_backslashes: bool = False) -> str:
    """The command that a cron of Vixie's family hands to the shell."""
    command, is_escaped = "", False
    for character in line.split(maxsplit=5)[5]:
        if is_escaped:
            if character == "%" or (halves_backslashes and character == "\\"):
                command = command[:-1]
            is_escaped = False
        elif character == "%":
            break  # the rest would be the standard input
        else:
            is_escaped = character == "\\"
        command += character
    return command


def written_line(crontab: Path) -> str:
    (line,) = (line for line in crontab.read_text().splitlines() if "fetch --if-free" in line)
    return line


def run_as_cron(crontab: Path) -> subprocess.CompletedProcess[str]:
    home = Path.home()
    command = ["env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin", "sh", "-c"]
    return subprocess.run(
        [*command, as_cron_reads(written_line(crontab))],
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip


# -- the block within the crontab -------------------------------------------------------------

any_line = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30)
own_line = st.sampled_from(["0 3 * * * backup", "# note", "A=b", "", "5 5 * * * say 100\\%\r"])
crontabs = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(any_line | own_line, max_size=8),
    st.sampled_from(["\n", ""]),
)


@given(crontabs)
def test_install_and_remove_give_the_crontab_back(text: str) -> None:
    as_crontab_wants = text if text.endswith("\n") or not text else f"{text}\n"
    once = with_block(text, BLOCK)
    assert once == as_crontab_wants + BLOCK
    assert with_block(once, BLOCK) == once
    assert without_block(once) == as_crontab_wants
    assert split(text) == [text]


marked = st.sampled_from([FIRST_MARK, LAST_MARK, "#>>> gridctl >>>", " # <<< gridctl <<< ", LINE])


@given(st.lists(marked | st.integers(0, 9).map(lambda n: f"{n} 3 * * * backup"), max_size=9))
def test_whatever_became_of_the_marks_no_other_line_is_lost(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    try:
        changed = [with_block(text, BLOCK), without_block(text)]
    except UsageError:
        return
    for after in changed:
        assert re.findall(".*backup\n", after) == re.findall(".*backup\n", text)
    assert len(split(changed[0])) == 3
    assert changed[0].count(BLOCK) == 1
    assert len(split(changed[1])) == 1


def test_an_edited_block_is_renewed_where_it_stands_and_a_second_goes() -> None:
    edited = (
        "#>>>  gridctl >>> hands off!\r\n\n*/5 * * * * gridctl fetch --if-free\n# <<< gridctl <<<"
    )
    text = f"1 * * * * one\n{edited}\n2 * * * * two\n{BLOCK}3 * * * * three\n"
    assert with_block(text, BLOCK) == f"1 * * * * one\n{BLOCK}2 * * * * two\n3 * * * * three\n"
    assert without_block(text) == "1 * * * * one\n2 * * * * two\n3 * * * * three\n"
    assert without_block(f"{OTHERS}{edited}") == OTHERS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{OTHERS}{FIRST_MARK}\n{LINE}\n{OTHERS}", "line 4 of the crontab begins a block with"),
        (f"{OTHERS}{FIRST_MARK}\n{LINE}\n", "line 4 of the crontab has no closing mark"),
        (f"{FIRST_MARK}\n{LINE}\n{BLOCK}", "line 1 of the crontab has no closing mark"),
        (f"{OTHERS}{LINE}\n{LAST_MARK}\n{OTHERS}", "line 5 of the crontab closes nothing"),
        (
            f"{FIRST_MARK}\n{OTHERS}{LAST_MARK}\n",
            "line 1 of the crontab begins a block with line 2",
        ),
    ],
)
def test_marks_that_do_not_pair_up_are_left_to_the_user(
    text: str, says: str, gridctl: Any, crontab: Path
) -> None:
    crontab.write_text(text)
    for command in ("install", "remove", "show"):
        ran = gridctl("cron", command)
        assert ran.code == 2
        assert says in ran.err
        assert "crontab -e" in ran.err
    assert crontab.read_text() == text


# -- the line ---------------------------------------------------------------------------------


@given(st.sampled_from(INTERVALS), st.integers(0, 2**64))
def test_the_fields_come_to_the_interval_and_leave_the_edges_alone(
    every: timedelta, spread: int
) -> None:
    minutes, hours, *days = time_fields(every, spread).split()
    assert days == ["*", "*", "*"]
    when = [
        60 * hour + int(minute)
        for hour in (range(24) if hours == "*" else map(int, hours.split(",")))
        for minute in minutes.split(",")
    ]
    gaps = {
        later - earlier for earlier, later in zip(when, [*when[1:], when[0] + 1440], strict=True)
    }
    assert gaps == {every // timedelta(minutes=1)}
    assert all(0 <= minute < 1440 and 2 <= minute % 30 <= 28 for minute in when)


def test_machines_are_spread_and_each_stays_where_it_is() -> None:
    hosts = [f"node{n}" for n in range(200)]
    assert {time_fields(timedelta(minutes=30), spread(host, Path("/a"))) for host in hosts} == {
        f"{minute},{minute + 30} * * * *" for minute in range(2, 29)
    }
    assert spread("a", Path("/b")) == spread("a", Path("/b")) != spread("a", Path("/c"))


@pytest.mark.parametrize("every", ["7m", "90s", "45m", "90m", "5h", "2d", "0m", "soon"])
def test_an_interval_that_a_crontab_cannot_express(every: str, gridctl: Any, crontab: Path) -> None:
    ran = gridctl("cron", "install", "--every", every)
    assert ran.code == 2
    if every != "soon":
        assert "can do 5m, 6m, 10m, 12m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d" in ran.err
    assert not crontab.exists()


words = st.text(
    st.characters(exclude_categories=["Cc", "Cs"])
    | st.sampled_from(["%", "\\", "'", '"', " ", "$", "#"]),
    max_size=12,
)


@given(st.lists(words, min_size=1, max_size=4), words)
def test_every_word_reaches_the_command_whatever_the_cron(texts: list[str], value: str) -> None:
    line = crontab_line("1 2 * * *", {"GRIDCTL_X": value}, ["do", *texts], Path("/a b/100%.log"))
    expected = [f"GRIDCTL_X={value}", "do", *texts, ">>", "/a b/100%.log", "2>&1"]
    for halves in (False, True):
        assert shlex.split(as_cron_reads(line, halves_backslashes=halves)) == expected
    assert shlex.split(line)[5:] == expected  # a cron that knows nothing of per cent signs
    assert "\n" not in line


def test_the_shell_agrees(tmp_path: Path) -> None:
    value = "50\\% of \\\\ 'it' \"$HOME\" `x` %"
    log = tmp_path / "a % b"
    line = crontab_line(
        "1 2 * * *", {"X": value}, ["sh", "-c", 'printf "%s %s\\n" "$X" "$1"', "-", value], log
    )
    for command in (as_cron_reads(line), line.split(maxsplit=5)[5]):
        subprocess.run(["sh", "-c", command], check=True)
    assert log.read_text() == f"{value} {value}\n" * 2


@pytest.mark.parametrize("broken", ["a\nb", "a\rb", "a\0b", "\x7f"])
def test_a_value_that_no_line_can_hold(broken: str) -> None:
    with pytest.raises(UsageError, match="control character"):
        crontab_line("1 2 * * *", {"GRIDCTL_X": broken}, ["do"], Path("/log"))
    with pytest.raises(UsageError, match="control character"):
        crontab_line("1 2 * * *", {}, ["do", broken], Path("/log"))


# -- the settings it takes along --------------------------------------------------------------


def test_the_settings_in_force_are_taken_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gridctl: Any, crontab: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text("[synthetic]\nseed = 3\n")
    monkeypatch.setenv("GRIDCTL_CARBON_INTENSITY_URL", "http://127.0.0.1:9/100%")
    monkeypatch.setenv("GRIDCTL_STORE_PATH", "never.duckdb")
    monkeypatch.setenv("GRIDCTL_BECKN_KEY_FILE", "beckn.key")
    monkeypatch.setenv("GRIDCTL_UNKNOWN", "1")
    options = ("--config", "own.toml", "--db", "own.duckdb", "--lock-timeout", "1m30s")
    assert gridctl("cron", "install", "synthetic", *options).code == 0
    command = shlex.split(as_cron_reads(written_line(crontab)))
    begin = command.index(sys.argv[0])
    assert dict(word.split("=", 1) for word in command[:begin]) == {
        "GRIDCTL_CONFIG": str(tmp_path / "own.toml"),
        "GRIDCTL_CARBON_INTENSITY_URL": "http://127.0.0.1:9/100%",
        "GRIDCTL_BECKN_KEY_FILE": str(tmp_path / "beckn.key"),
        "GRIDCTL_FETCH_BACKOFF": "0.01s",
        "GRIDCTL_STORE_LOCK_TIMEOUT": "90s",
    }
    assert command[begin + 1 :] == [
        "--quiet", "--db", str(tmp_path / "own.duckdb"), "--log-file", str(tmp_path / "own.log"),
        "fetch", "--if-free", "--jitter", "60s", "synthetic",
        ">>", str(tmp_path / "own.log"), "2>&1",
    ]  # fmt: skip


def test_a_config_file_that_cron_would_not_find_by_itself_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "GRIDCTL_CONFIG" not in environment(load_config(), os.environ)  # there is none
    found = tmp_path / "config" / "gridctl" / "gridctl.toml"
    found.parent.mkdir(parents=True)
    found.write_text("")
    assert environment(load_config(), os.environ)["GRIDCTL_CONFIG"] == str(found)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert "GRIDCTL_CONFIG" not in environment(load_config(), os.environ)


def test_a_secret_is_not_written() -> None:
    secret = Setting("octopus", "product", "text", "", "stands for an API key", secret=True)
    settings = [s if s.name != secret.name else secret for s in SETTINGS]
    environ = {"GRIDCTL_OCTOPUS_PRODUCT": "hush"}
    config = load_config(environ=environ)
    assert environment(config, environ) == environ
    with pytest.raises(UsageError, match="put product under") as caught:
        environment(config, environ, settings)
    assert "hush" not in str(caught.value)
    in_file = replace(config, origins={**config.origins, secret.name: "gridctl.toml"})
    assert environment(in_file, {}, settings) == {}


def test_what_cron_lacks_for_the_network_is_said(
    monkeypatch: pytest.MonkeyPatch, gridctl: Any, crontab: Path
) -> None:
    monkeypatch.setenv("https_proxy", "http://name:hush@proxy:3128")
    ran = gridctl("cron", "install")
    assert "HTTPS_PROXY" in ran.err
    assert "hush" not in ran.err + crontab.read_text()


def test_without_a_gridctl_of_its_own_python_starts_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for called in (str(tmp_path / "gone" / "gridctl"), str(ROOT / "gridctl" / "__main__.py")):
        monkeypatch.setattr(sys, "argv", [called])
        job = cron.make_job(load_config(), timedelta(hours=1), [], os.environ)
        assert job.program == [sys.executable, "-m", "gridctl"]


def test_a_link_to_the_program_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path
) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "gridctl").symlink_to(program)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["links/gridctl"])
    job = cron.make_job(load_config(), timedelta(hours=1), [], os.environ)
    assert job.program == [str(tmp_path / "links" / "gridctl")]


# -- the command ------------------------------------------------------------------------------


def test_install_show_remove_from_nothing(gridctl: Any, crontab: Path, tmp_path: Path) -> None:
    before = gridctl("cron", "show")
    assert "not in your crontab" in before.err
    ran = gridctl("cron", "install")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("installed in your crontab: a fetch every 30m")
    assert f"log {tmp_path / 'grid.log'}" in ran.err
    assert "next: " in ran.err
    assert crontab.read_text() == before.out
    shown = gridctl("cron", "show")
    assert (shown.code, shown.out, shown.err) == (0, before.out, "")
    assert "removed" in gridctl("cron", "remove").err
    assert crontab.read_text() == ""
    again = gridctl("cron", "remove")
    assert again.code == 0
    assert "nothing to remove" in again.err


def test_installing_again_changes_only_what_is_different(gridctl: Any, crontab: Path) -> None:
    crontab.write_text(OTHERS)
    gridctl("cron", "install")
    once = crontab.read_text()
    assert once.startswith(OTHERS)
    assert gridctl("cron", "install").err.startswith("unchanged")
    assert crontab.with_suffix(".log").read_text() == "written\n"  # and not a second time
    crontab.write_text(f"{once}{OTHERS}")
    ran = gridctl("cron", "install", "--every", "6h", "carbon-intensity", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert written_line(crontab).split()[1].count(",") == 3
    assert "60s carbon-intensity >>" in written_line(crontab)
    gridctl("cron", "remove")
    assert crontab.read_text() == OTHERS * 2


def test_every_other_byte_is_kept(gridctl: Any, crontab: Path) -> None:
    odd = b"# caf\xe9 \xff\x0c\x0b\x85 \xe2\x80\xa8\r\n\n\t 1 2 * * * date +\\%F  \r\n@daily x\n"
    crontab.write_bytes(odd)
    assert gridctl("cron", "install").code == 0
    assert crontab.read_bytes().startswith(odd + b"# >>> gridctl")
    assert gridctl("cron", "remove").code == 0
    assert crontab.read_bytes() == odd


def test_a_last_line_without_end_gets_one(gridctl: Any, crontab: Path) -> None:
    crontab.write_text("1 2 * * * one")
    assert gridctl("cron", "install").code == 0
    assert gridctl("cron", "remove").code == 0
    assert crontab.read_text() == "1 2 * * * one\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("echo 'You (me) are not allowed to use this program' >&2; exit 1", "not allowed"),
        ('[ "$1" = -l ] && exit 0; echo "bad minute" >&2; exit 1', "did not take the new crontab"),
        ("exit 3", "`crontab -l` failed: exit code 3"),
    ],
)
def test_a_crontab_that_refuses(text: str, says: str, gridctl: Any, crontab: Path) -> None:
    crontab.write_text(OTHERS)
    script(crontab.parents[1] / "bin" / "crontab", f"#!/bin/sh\n{text}\n")
    ran = gridctl("cron", "install")
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
    assert crontab.read_text() == OTHERS


def test_busybox_says_otherwise_that_there_is_no_crontab(gridctl: Any, crontab: Path) -> None:
    text = "#!/bin/sh\necho \"crontab: can't open 'me': No such file or directory\" >&2; exit 1\n"
    script(crontab.parents[1] / "bin" / "crontab", text)
    ran = gridctl("cron", "show")
    assert ran.code == 0
    assert "not in your crontab" in ran.err


def test_without_crontab_program_the_line_is_there_to_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gridctl: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    ran = gridctl("cron", "install", "--every", "1h", "synthetic")
    assert ran.code == 2
    assert "install cron" in ran.err
    assert "fetch --if-free --jitter 60s synthetic" in ran.out
    shown = gridctl("cron", "show")
    assert (shown.code, shown.out.count("fetch --if-free")) == (0, 1)
    assert "install cron" in shown.err
    assert gridctl("cron", "remove").code == 2


def test_a_source_that_does_not_exist(gridctl: Any, crontab: Path) -> None:
    ran = gridctl("cron", "install", "sythetic")
    assert ran.code == 2
    assert "there is no source 'sythetic'" in ran.err
    assert not crontab.exists()


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\necho 'No module named gridctl' >&2; exit 1\n", "#!/no/such/python\n"]
)
def test_what_cron_could_not_start_is_not_installed(
    text: str, program: Path, gridctl: Any, crontab: Path
) -> None:
    script(program, text)
    ran = gridctl("cron", "install")
    assert ran.code == 2
    assert "cron could not start" in ran.err
    assert not crontab.exists()


# -- it runs ----------------------------------------------------------------------------------


@pytest.fixture
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cron, "JITTER", "0.1s")


@pytest.mark.usefixtures("_no_wait")
def test_the_line_fetches_under_crons_bare_environment(
    gridctl: Any, crontab: Path, tmp_path: Path
) -> None:
    database = tmp_path / "100% my grid's data" / "grid.duckdb"
    assert gridctl("cron", "install", "synthetic", "--db", database).code == 0
    ran = run_as_cron(crontab)
    log = database.with_suffix(".log").read_text()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), log
    assert "INFO loaded synthetic.grid" in log
    assert "T" in log.split(" ")[0]
    found = gridctl("query", "current-grid-status", "-f", "csv", "--db", database)
    assert len(found.out.splitlines()) == 2


@pytest.mark.usefixtures("_no_wait")
def test_the_line_fetches_from_the_publishers(
    upstream: Upstream, gridctl: Any, crontab: Path, tmp_path: Path
) -> None:
    assert gridctl("cron", "install", "carbon-intensity", "elexon").code == 0
    ran = run_as_cron(crontab)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    asked = {path.split("?")[0].split("/")[1] for path in upstream.paths}
    assert asked == {"intensity", "generation", "regional", "bmrs"}
    found = gridctl("query", "current-grid-status", "-f", "json", "--db", tmp_path / "grid.duckdb")
    [row] = json.loads(found.out)["rows"]
    assert row["is_synthetic"] is False
    assert row["wholesale_price_gbp_mwh"] is not None


@pytest.mark.usefixtures("_no_wait")
def test_what_goes_wrong_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, gridctl: Any, crontab: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRIDCTL_CARBON_INTENSITY_URL", "http://127.0.0.1:9")  # nobody listens
    monkeypatch.setenv("GRIDCTL_FETCH_ATTEMPTS", "1")
    assert gridctl("cron", "install", "carbon-intensity").code == 0
    ran = run_as_cron(crontab)
    assert (ran.returncode, ran.stdout, ran.stderr) == (4, "", "")
    assert "error: carbon-intensity: " in (tmp_path / "grid.log").read_text()


def test_the_guide_shows_what_is_written() -> None:
    guide = (ROOT / "docs" / "cron.md").read_text()
    data = Path("/home/ada/.local/share/gridctl")
    words = ["/home/ada/.local/bin/gridctl", "--quiet", "--db", str(data / "grid.duckdb")]
    words += ["--log-file", str(data / "grid.log"), "fetch", "--if-free", "--jitter", cron.JITTER]
    line = crontab_line("7,37 * * * *", {}, words, data / "grid.log")
    assert f"```text\n{FIRST_MARK}\n{line}\n{LAST_MARK}\n```" in guide
    assert ", ".join(f"`{clock.format_duration(every)}`" for every in INTERVALS) in " ".join(
        guide.split()
    )


# -- and a replan after it --------------------------------------------------------------------


def test_with_a_replan_the_one_line_does_both(
    gridctl: Any, crontab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDCTL_SYNTHETIC_SEED", "3")
    crontab.write_text(OTHERS)
    ran = gridctl("cron", "install", "--replan", "synthetic")
    assert ran.code == 0
    assert "a fetch and a replan every 30m" in ran.err
    line = written_line(crontab)
    settings, fetching, replanning = as_cron_reads(line).split("; ")
    assert "export " in settings
    assert "GRIDCTL_SYNTHETIC_SEED=3" in settings
    assert "fetch --if-free" in fetching
    words = shlex.split(replanning)
    assert words[-5:] == ["schedule", "replan", ">>", str(tmp_path / "grid.log"), "2>&1"]
    assert gridctl("cron", "show").out.splitlines()[1] == line
    before = crontab.read_text()
    assert "unchanged" in gridctl("cron", "install", "--replan", "synthetic").err
    assert crontab.read_text() == before
    assert "replaced" in gridctl("cron", "install", "synthetic").err
    assert "schedule replan" not in crontab.read_text()
    assert gridctl("cron", "remove").code == 0
    assert crontab.read_text() == OTHERS


@pytest.mark.usefixtures("_no_wait")
def test_a_fetch_that_fails_keeps_no_replan_away(
    gridctl: Any, crontab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDCTL_ELEXON_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GRIDCTL_FETCH_ATTEMPTS", "1")
    assert gridctl("init").code == 0
    assert gridctl("cron", "install", "--replan", "elexon").code == 0
    ran = run_as_cron(crontab)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert "elexon" in (tmp_path / "grid.log").read_text()


def test_settings_stand_once_for_both_commands_and_a_line_cron_would_cut_is_refused() -> None:
    words, then, log = ["gridctl", "fetch", "--if-free"], ["gridctl", "replan"], Path("/d/g.log")
    line = crontab_line("5 * * * *", {"GRIDCTL_X": "1"}, words, log, then)
    assert line == (
        "5 * * * * export GRIDCTL_X=1; gridctl fetch --if-free >> /d/g.log 2>&1; "
        "gridctl replan >> /d/g.log 2>&1"
    )
    with pytest.raises(UsageError, match="cron takes 998"):
        crontab_line("5 * * * *", {"GRIDCTL_X": "1" * 1000}, words, log)
