"""Photograph the report of ``docs/report.md`` in a browser, light and dark, into ``docs/images``.

Run: python docs/screenshots.py. Needs Chromium with its driver, and the extra ``dev``. Fonts differ
from one machine to the next, so no test holds the pictures to this.
"""

from __future__ import annotations

import base64
import io
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent / "images"
NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
WIDTH, HEIGHT = 1000, 1400
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    f"--window-size={WIDTH},{HEIGHT}",
)  # fmt: skip
JOBS = (("LLM training", 5000.0, 4), ("nightly backup", 80.0, 2), ("render farm", 900.0, 6))


def make_page(folder: Path) -> Path:
    """The report of one fixed moment of the synthetic grid."""
    from gridctl.api import Grid
    from gridctl.fetch import Plan, fetch
    from gridctl.model import SYNTHETIC
    from gridctl.schedule.job.workload import make_workload

    grid = Grid.open(folder / "grid.duckdb")
    fetch(grid.config, [SYNTHETIC], Plan(), NOW)
    for name, energy_kwh, hours in JOBS:
        job = {"name": name, "energy_kwh": energy_kwh, "duration": timedelta(hours=hours),
               "deadline": NOW + timedelta(hours=36)}  # fmt: skip
        grid.schedule(make_workload(job), as_of=NOW, allow_synthetic=True)
    page = folder / "report.html"
    grid.report(page, as_of=NOW, last=timedelta(days=7))
    return page


def photograph(page: Path, profile: Path) -> dict[str, bytes]:
    """The top of the page as PNG, by theme."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService
    from selenium.webdriver.support.wait import WebDriverWait

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    browser = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    pictures = {}
    for theme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": theme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        browser.get(page.as_uri())
        WebDriverWait(browser, 20).until(
            lambda b: b.execute_script("return document.body.dataset.drawn")
        )
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": 0.8}
        shot = browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True}
        )
        pictures[theme] = base64.b64decode(shot["data"])
    browser.quit()
    return pictures


def small(png: bytes) -> bytes:
    """The same picture in 128 colours."""
    from PIL import Image

    sink = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(128).save(sink, "PNG", optimize=True)
    return sink.getvalue()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        made = make_page(Path(temporary))
        for theme, png in photograph(made, Path(temporary) / "profile").items():
            (FOLDER / f"report-{theme}.png").write_bytes(small(png))
