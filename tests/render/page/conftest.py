"""One report and its page for all tests: making them takes a few seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from render.page.made import make_report

from gridctl.config import load_config
from gridctl.report.gather import Report

pytest.importorskip("vl_convert", reason="needs: pip install 'gridctl[report]'")
pytest.importorskip("jinja2", reason="needs: pip install 'gridctl[report]'")


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("report")
    return make_report(load_config().with_database(folder / "grid.duckdb"))


@pytest.fixture(scope="session")
def page_file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from gridctl.render.page.write import write_page

    path = tmp_path_factory.mktemp("page") / "report.html"
    write_page(report, path)
    return path


@pytest.fixture(scope="session")
def html(page_file: Path) -> str:
    return page_file.read_text(encoding="utf-8")
