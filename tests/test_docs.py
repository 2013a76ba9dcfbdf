"""The documents say what is so."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import sessions

from gridctl.config import SETTINGS
from gridctl.query.catalogue import all_queries
from gridctl.sources import SOURCES
from gridctl.store.migrate import steps

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("page", sessions.PAGES, ids=lambda page: page.stem)
def test_the_sessions_in_the_pages_are_true(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    assert text.count("\n$ gridctl ") >= 3
    assert sessions.refreshed(text, tmp_path) == text, "run: python docs/generate.py"


def test_the_readme_has_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    venv = "python3 -m venv .venv && .venv/bin/pip install -e "
    assert f"{venv}. && .venv/bin/gridctl demo\n" in text
    assert f'{venv}".[dev]" && .venv/bin/pytest\n' in text
    assert ".venv/bin/pytest" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", ["commands.md", "queries.md", "schema.md"])
def test_made_pages_are_current(page: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(DOCS)!r}); import generate; "
        f"sys.stdout.write(generate.PAGES[{page!r}]())"
    )
    made = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert made.stdout == (DOCS / page).read_text(), "run: python docs/generate.py"


def test_the_python_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL)
    assert len(blocks) >= 5
    code = "\n".join(block for block in blocks if _can_run(block))
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def _can_run(block: str) -> bool:
    """Whether the extras that a block of docs/python.md needs are there."""
    needs = {"chart.save(": ("matplotlib",), "grid.report(": ("vl_convert", "jinja2")}
    modules = [name for call, names in needs.items() if call in block for name in names]
    return all(find_spec(name) is not None for name in modules)


def test_every_table_view_and_source_is_documented() -> None:
    schema = (DOCS / "schema.md").read_text()
    sql = "".join(file.read_text() for _, file in steps())
    tables = re.findall(r"CREATE TABLE (\w+)", sql)
    assert len(tables) == 22
    views = [file.stem for file in (ROOT / "schema" / "views").glob("*.sql")]
    assert [name for name in [*tables, *views] if f"### {name}\n" not in schema] == []
    page = (DOCS / "data-sources.md").read_text()
    for source in SOURCES.values():
        assert f"## {source.name}\n" in page
        assert [d.name for d in source.datasets if f"| {d.name}" not in page] == []


def test_every_rule_that_rejects_is_documented() -> None:
    code = "".join(file.read_text() for file in (ROOT / "gridctl").rglob("*.py"))
    rules = set(re.findall(r'Rule\(\s*"(\w+)"', code))
    rules |= set(re.findall(r'self\.reject\(table, "(\w+)"', code))
    rules |= {"duplicate_with_other_value"}
    store = (DOCS / "store.md").read_text()
    assert [rule for rule in sorted(rules) if f"`{rule}`" not in store] == []


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_queries_and_settings_say_what_they_are() -> None:
    assert all(query.description and query.examples for query in all_queries())
    assert len({setting.variable for setting in SETTINGS}) == len(SETTINGS)


def test_every_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        waiting += [(page.parent / link).resolve() for link in links]
    assert set(DOCS.rglob("*.md")) - seen == set()
