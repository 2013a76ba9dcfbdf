"""The page in a real browser, from a file: drawn without a complaint, and it answers.

Skipped where there is no Chromium with its driver.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("selenium", reason="needs selenium")

from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1280,900",
)  # fmt: skip
TIMED = ("carbon", "outlook", "mix", "demand", "price")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="needs a browser: chromium and chromedriver (Debian: chromium, chromium-driver)",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Chrome, page_file: Path) -> Chrome:
    """The page freshly opened and drawn, in the light theme."""
    prefer(browser, "light")
    browser.get(page_file.as_uri())
    wait(browser, lambda d: d.execute_script("return document.body.dataset.drawn"))
    return browser


def prefer(browser: Chrome, scheme: str, media: str = "") -> None:
    """A colour scheme and a medium, and no gliding: a test clicks where it looks."""
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features, "media": media})


def wait(browser: Chrome, until: Callable[[Chrome], Any]) -> Any:
    return WebDriverWait(browser, 20, poll_frequency=0.05).until(until)


def find(page: Chrome, selector: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, selector)


def count(page: Chrome, selector: str) -> int:
    return len(page.find_elements(By.CSS_SELECTOR, selector))


def tip_of(page: Chrome) -> str:
    return str(wait(page, lambda d: find(d, "#tip").text))


def axis_of(page: Chrome, figure: str) -> set[str]:
    """The words along the axis of time."""
    labels = page.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(label => label.textContent)",
        f"#{figure}-chart .role-axis-label text",
    )
    return {label for label in labels if ":" in label or " " in label}


def test_it_is_drawn_without_a_complaint(page: Chrome) -> None:
    assert page.get_log("browser") == []
    assert count(page, ".chart") == count(page, ".chart svg") == 9
    for figure in TIMED:
        assert count(page, f"#{figure}-chart .mark-line path, #{figure}-chart .mark-area path")
    assert count(page, "#regions-chart .mark-rect path") > 14 * 300
    assert count(page, "#quality-chart .mark-rect path") > 100
    assert count(page, "#accuracy-chart .mark-rect path") >= 5
    assert count(page, ".tile") == 14


def test_hostile_names_ran_nothing(page: Chrome) -> None:
    assert count(page, "img") == 0
    assert "</script><img src=x" in find(page, "#decisions-chart svg").text
    assert "</script><img src=x" in find(page, "#regions-chart svg").text
    assert "<img src=x onerror=alert(1)>" in find(page, "#map").text


@pytest.mark.parametrize("figure", TIMED)
def test_hovering_names_every_series_at_that_time(page: Chrome, figure: str) -> None:
    chart = find(page, f"#{figure}-chart svg")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", chart)
    ActionChains(page).move_to_element(chart).perform()
    first, *others = tip_of(page).splitlines()
    assert first.endswith("UTC")
    legend = page.find_elements(By.CSS_SELECTOR, f"[data-figure={figure}]")
    named = "\n".join(others)
    assert [button.text for button in legend if button.text not in named] == []


def test_hovering_a_cell_names_its_region(page: Chrome) -> None:
    cell = find(page, "#regions-chart .mark-rect path:nth-child(500)")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", cell)
    ActionChains(page).move_to_element(cell).perform()
    tip = wait(page, lambda d: find(d, "#vg-tooltip-element.visible")).text
    assert "region" in tip
    assert "g/kWh" in tip


def test_the_legend_hides_a_series_and_shows_it_again(page: Chrome) -> None:
    drawn = "#mix-chart .mark-area path"
    before = count(page, drawn)
    button = find(page, "[data-figure=mix][data-series=gas]")
    button.click()
    wait(page, lambda d: count(d, drawn) == before - 1)
    assert button.get_attribute("aria-pressed") == "false"
    button.send_keys(Keys.SPACE)
    wait(page, lambda d: count(d, drawn) == before)
    assert button.get_attribute("aria-pressed") == "true"


def test_arrow_keys_read_a_chart(page: Chrome) -> None:
    chart = find(page, "#carbon-chart")
    chart.send_keys(Keys.HOME)
    first = chart.get_attribute("aria-valuetext") or ""
    assert "UTC" in first
    assert "g/kWh" in first
    chart.send_keys(Keys.ARROW_RIGHT)
    assert chart.get_attribute("aria-valuenow") == "1"
    assert chart.get_attribute("aria-valuetext") != first
    chart.send_keys(Keys.END)
    assert chart.get_attribute("aria-valuenow") == chart.get_attribute("aria-valuemax")


def test_zoom_moves_the_charts_of_the_period_together(page: Chrome) -> None:
    before = axis_of(page, "carbon"), axis_of(page, "demand")
    outlook = axis_of(page, "outlook")
    for _ in range(3):
        find(page, "#zoom-in").click()
    wait(page, lambda d: axis_of(d, "carbon") != before[0])
    wait(page, lambda d: axis_of(d, "demand") != before[1])
    assert axis_of(page, "price") == axis_of(page, "carbon")
    assert axis_of(page, "outlook") == outlook
    find(page, "#carbon-chart").send_keys("0")
    wait(page, lambda d: (axis_of(d, "carbon"), axis_of(d, "demand")) == before)


def test_dragging_moves_time(page: Chrome) -> None:
    find(page, "#zoom-in").click()
    before = axis_of(page, "mix")
    chart = find(page, "#carbon-chart svg")
    ActionChains(page).drag_and_drop_by_offset(chart, 200, 0).perform()
    wait(page, lambda d: axis_of(d, "mix") != before)


def test_the_theme_follows_the_system_and_the_button(page: Chrome) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    stroke = (
        "return getComputedStyle(document.querySelector('#carbon-chart .mark-line path')).stroke"
    )
    light, line, button = page.execute_script(paper), page.execute_script(stroke), "#theme"
    assert find(page, button).get_attribute("aria-pressed") == "false"
    find(page, button).click()
    assert find(page, button).get_attribute("aria-pressed") == "true"
    assert page.execute_script(paper) != light
    assert page.execute_script(stroke) != line
    prefer(page, "dark", "print")
    assert page.execute_script(paper) == light
    prefer(page, "dark")
    page.refresh()
    wait(page, lambda d: find(d, button).get_attribute("aria-pressed") == "true")
    assert page.execute_script(paper) != light


def test_tab_goes_through_the_page_in_its_order(page: Chrome) -> None:
    walked = []
    for _ in range(30):
        ActionChains(page).send_keys(Keys.TAB).perform()
        focused = page.switch_to.active_element
        walked.append((focused.rect["y"], focused.get_attribute("id") or focused.text))
    assert walked[0][1] == "Skip to the figures"
    names = [name for _, name in walked]
    assert names.index("theme") < names.index("Regions over time") < names.index("carbon-chart")
    below = [y for y, name in walked if name not in ("zoom-in", "zoom-out", "zoom-all", "theme")]
    assert below[1:] == sorted(below[1:])


def test_nothing_is_wider_than_a_phone(page: Chrome) -> None:
    phone = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    page.refresh()
    wait(page, lambda d: d.execute_script("return document.body.dataset.drawn"))
    assert page.execute_script("return document.documentElement.scrollWidth") == 400
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
