"""The pictures in the documents are what the program draws."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from render.pictures import texts

pytest.importorskip("matplotlib")

DOCS = Path(__file__).parents[1] / "docs"


def test_the_pictures_in_the_documents_are_current(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("pictures_of_docs", DOCS / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.draw_all(tmp_path, tmp_path / "grid.duckdb")
    drawn = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert drawn == sorted(path.name for path in (DOCS / "images").glob("*.svg"))
    for name in drawn:  # by their words: outlines differ from one matplotlib to the next
        expected = texts((DOCS / "images" / name).read_bytes())
        assert texts((tmp_path / name).read_bytes()) == expected, "run: python docs/pictures.py"
