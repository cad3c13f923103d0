"""The page of a run in a real browser: `nox -s browser`. It brings nothing along: Chromium and its driver are the machine's.

`SEMZIP_UPDATE_DOCS=1` writes the screenshots of docs/guides/report.md anew.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

import report_run
from semzip import corpus
from semzip.cli import main
from semzip.evaluation import Evaluation
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.records import Failure

pytestmark = pytest.mark.browser

INSTALL = "sudo apt-get install chromium chromium-driver"
PATIENCE = 60
IMAGES = Path(__file__).parent.parent / "docs" / "img"


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    assert found is not None, f"there is no {names[0]} on this machine: {INSTALL}"
    return found


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    # A container has no user namespaces for the sandbox; what is opened is our own file.
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(program("chromedriver")))
    browser.set_script_timeout(PATIENCE)
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = report_run.make(tmp_path_factory.mktemp("run") / "first")
    assert main(["report", str(folder)]) == 0
    return folder


class Page:
    """The page in the browser, as a reader sees it."""

    def __init__(self, driver: webdriver.Chrome, folder: Path) -> None:
        self.driver = driver
        self.width(1200)
        driver.get((folder / "report.html").as_uri())
        self.until(lambda: self.articles)

    def until(self, what: Any) -> None:
        WebDriverWait(self.driver, PATIENCE).until(lambda _: what())

    def width(self, pixels: int, *, height: int = 1400, scheme: str = "light") -> None:
        size = {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    @property
    def articles(self) -> list[WebElement]:
        return self.driver.find_elements(By.TAG_NAME, "article")

    @property
    def outcomes(self) -> list[str]:
        return [article.get_attribute("data-outcome") or "" for article in self.articles]

    @property
    def count(self) -> str:
        return self.driver.find_element(By.ID, "count").text

    def choose(self, name: str, value: str) -> None:
        Select(self.driver.find_element(By.NAME, name)).select_by_value(value)

    def style(self, selector: str, name: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).value_of_css_property(name)

    def script(self, text: str) -> Any:
        return self.driver.execute_script(text)


@pytest.fixture
def page(driver: webdriver.Chrome, run: Path) -> Page:
    driver.get_log("browser")
    driver.get_log("performance")
    return Page(driver, run)


def test_failures_come_first_and_more_are_shown_on_request(page: Page, run: Path) -> None:
    figures = json.loads((run / "report.json").read_text(encoding="utf-8"))
    assert len(page.articles) == 20
    assert set(page.outcomes) <= {"failed", "rejected"}
    page.choose("outcome", "failed")
    assert page.count.startswith(f"{figures['failed']} of ")
    more = page.driver.find_element(By.ID, "more")
    page.choose("outcome", "")
    more.send_keys(Keys.ENTER)
    assert len(page.articles) == 40
    assert "40 shown" in page.count


def test_filters_work_alone_and_together(page: Page) -> None:
    page.choose("domain", "code")
    assert {article.find_element(By.CSS_SELECTOR, "header span").text for article in page.articles} == {"code"}
    page.choose("outcome", "rejected")
    page.choose("kind", "number")
    assert set(page.outcomes) == {"rejected"}
    for article in page.articles:
        assert "number: <i>number</i>" in article.find_element(By.CLASS_NAME, "losses").text
    page.choose("kind", "negation")
    assert page.count == "no such pair"
    page.choose("domain", "")
    assert {article.find_element(By.CSS_SELECTOR, "header code").text for article in page.articles} == {"<hostile>"}
    page.choose("outcome", "")
    page.choose("kind", "")
    page.driver.find_element(By.NAME, "words").send_keys("ONLOAD=alert")
    assert page.count.startswith("1 of ")


def test_dropped_words_are_marked_in_the_original_and_new_ones_in_the_other(page: Page) -> None:
    page.choose("outcome", "rejected")
    before, after = page.articles[0].find_elements(By.CLASS_NAME, "text")
    assert before.find_elements(By.TAG_NAME, "del")
    assert not before.find_elements(By.TAG_NAME, "ins")
    assert not after.find_elements(By.TAG_NAME, "del")
    dropped = {mark.text.strip() for mark in before.find_elements(By.TAG_NAME, "del")}
    assert all(word in before.text for word in dropped)


def test_texts_stay_texts_and_nothing_leaves_the_page(page: Page) -> None:
    page.choose("kind", "negation")
    assert len(page.articles) == 2
    assert "<script>document.title" in "".join(article.text for article in page.articles)
    assert page.driver.title == "semzip run first"
    assert (
        page.script("return document.querySelectorAll('article script, article svg, article img, article b').length")
        == 0
    )
    refused = (
        "const done = arguments[0]; fetch('https://example.org/').then(() => done('went out'), () => done('refused'))"
    )
    console = page.driver.get_log("browser")
    assert console == []
    events = [json.loads(row["message"])["message"] for row in page.driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert asked
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert page.driver.execute_async_script(refused) == "refused"


def test_light_and_dark(page: Page) -> None:
    light = page.style("body", "background-color"), page.style("body", "color")
    page.width(1200, scheme="dark")
    dark = page.style("body", "background-color"), page.style("body", "color")
    assert brightness(light[0]) > 200 > 100 > brightness(light[1])
    assert brightness(dark[0]) < 50 < 200 < brightness(dark[1])


def brightness(colour: str) -> float:
    parts = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(parts) / 3


@pytest.mark.parametrize("pixels", [400, 700, 1200])
def test_nothing_sticks_out_at_any_width(pixels: int, page: Page) -> None:
    page.width(pixels)
    assert page.script("return document.documentElement.scrollWidth") <= pixels
    columns = page.style(".pair", "grid-template-columns").split(" ")
    assert len(columns) == (2 if pixels > 740 else 1)


def test_everything_is_reached_by_the_keyboard(page: Page) -> None:
    body = page.driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert page.driver.switch_to.active_element.text == "Skip to the pairs"
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    seen: list[str] = []
    for _ in range(8):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(page.script("return document.activeElement.name || document.activeElement.className"))
    assert seen[:4] == ["domain", "outcome", "kind", "words"]
    assert "text" in seen


def test_every_control_and_chart_has_a_name(page: Page) -> None:
    nameless = """return [...document.querySelectorAll('select, input, svg[role=img], section')].filter((one) =>
        !(one.labels?.length || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby'))).length"""
    assert page.script(nameless) == 0
    assert page.script("return document.documentElement.lang") == "en"
    headings = page.script("return [...document.querySelectorAll('h1, h2, h3')].map((one) => +one.tagName[1])")
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_screenshots(driver: webdriver.Chrome, tmp_path: Path) -> None:
    """The images of the guide: of a run on the installed Python whose second judge is stricter than its first."""
    found = (item for item in corpus.installed_python() if not isinstance(item, Failure))
    folder = tmp_path / "v2"

    async def work() -> None:
        run = report_run.pipeline(
            folder,
            compressor=LocalCompressor(salience=None),
            judges=(LocalJudge(), LocalJudge(threshold=0.97)),
            trainer=LocalTrainer(),
            targets=(),
            evaluation=Evaluation(),
        )
        await run.run(islice(found, 900))
        await run.aclose()

    anyio.run(work)
    assert main(["report", str(folder)]) == 0
    into = IMAGES if os.environ.get("SEMZIP_UPDATE_DOCS") == "1" else tmp_path
    page = Page(driver, folder)
    shots = [
        ("report-top", "body", 1100, 900, "light"),
        ("report-histograms", "#histograms", 1100, 700, "light"),
        ("report-pairs", "#pairs", 1100, 760, "dark"),
        ("report-narrow", "body", 400, 800, "light"),
    ]
    for name, selector, width, height, scheme in shots:
        page.width(width, height=height, scheme=scheme)
        page.script(
            f"document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('{selector}').scrollIntoView()"
        )
        image = into / f"{name}.png"
        assert driver.save_screenshot(str(image))
        assert 5_000 < image.stat().st_size < 150_000
