"""The report as a person meets it: opened in Chromium, looked at, clicked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.cli import main
from cnnkeras.inspection.page.writing import report_page
from tests.inspection.page.browser import browser, needs_browser
from tests.inspection.page.runs import record, table, write_run

pytestmark = needs_browser
PHONE = 360


def page_of(folder: Path, file: str = "architectures/lenet5.json", **what: Any) -> str:
    """Write a run and its report; give the report's address."""
    run = write_run(folder / "run", file, **what)
    (run / "report.html").write_text(report_page(record(run)), encoding="utf-8")
    return (run / "report.html").as_uri()


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give one browser for all tests: it takes a second to start."""
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def select(driver: Any, css: str) -> list[Any]:
    from selenium.webdriver.common.by import By

    return list(driver.find_elements(By.CSS_SELECTOR, css))


def test_a_table_is_sorted_by_a_click(desktop: Any, tmp_path: Path) -> None:
    """The weakest class would have to be looked for."""
    by_class = table()
    by_class["f1"] = [0.9, 0.8, None, 0.99, 0.7, 0.6, 0.5, 1.0, 0.95, 0.85]
    desktop.get(page_of(tmp_path, by_class=by_class))
    heads = select(desktop, "#test .wide:last-of-type thead th")
    (f1,) = [head for head in heads if head.text == "f1"]

    def order() -> list[str]:
        return [cell.text for cell in select(desktop, "#test .wide:last-of-type tbody th")]

    select(f1, "button")[0].click()
    # What is not known stands first, then the weakest.
    assert order() == ["2", "6", "5", "4", "1", "9", "0", "8", "3", "7"]
    assert f1.get_attribute("aria-sort") == "ascending"
    select(f1, "button")[0].click()
    assert order()[:2] == ["7", "3"]
    assert f1.get_attribute("aria-sort") == "descending"


def test_another_figure_is_shown_by_a_click_or_a_key(desktop: Any, tmp_path: Path) -> None:
    """Only the first figure could be seen."""
    from selenium.webdriver.common.keys import Keys

    desktop.get(page_of(tmp_path))
    shown = lambda: [panel.get_attribute("id") for panel in select(desktop, "[role=tabpanel]") if panel.is_displayed()]  # noqa: E731
    assert shown() == ["figure-worst"]
    tabs = select(desktop, "[role=tab]")
    tabs[2].click()
    assert shown() == ["figure-confusion_matrix"]
    tabs[2].send_keys(Keys.ARROW_LEFT)
    assert shown() == ["figure-predictions"]
    image = select(desktop, "#figure-predictions img")[0]
    assert desktop.execute_script("return arguments[0].naturalWidth", image) == 40


def test_a_chart_tells_its_values(desktop: Any, tmp_path: Path) -> None:
    """A curve could be seen and not be read."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    desktop.get(page_of(tmp_path))
    chart = select(desktop, ".chart")[0]
    desktop.execute_script("arguments[0].scrollIntoView()", chart)
    svg = select(chart, "svg")[0]
    values = select(chart, ".values")[0]
    assert not values.is_displayed()
    ActionChains(desktop).move_to_element_with_offset(svg, int(svg.size["width"] / 2) - 6, 0).perform()
    assert values.text == "epoch 12\ntraining 0.1435\nvalidation 0.1611"
    ActionChains(desktop).move_to_element(select(desktop, "h1")[0]).perform()
    assert not values.is_displayed()
    # With the keyboard too, from the first epoch on.
    desktop.execute_script("arguments[0].focus()", chart)
    chart.send_keys(Keys.ARROW_RIGHT)
    assert values.text.startswith("epoch 1\ntraining 2.3")


def drawn_lines(driver: Any) -> list[list[str]]:
    """Give the lines that are drawn, as pairs of the names of boxes."""
    script = """return [...document.querySelectorAll(".drawing")].filter(d => d.checkVisibility()).flatMap(
        d => [...d.querySelectorAll(":scope > .lines path:not(.head)")].map(p => [p.dataset.source, p.dataset.target]))"""
    return list(driver.execute_script(script))


def test_a_block_is_folded_and_the_lines_follow(desktop: Any, tmp_path: Path) -> None:
    """A deep network could not be overlooked, or its lines would end in the air."""
    desktop.get(page_of(tmp_path, "architectures/unet_scenes.json"))
    block = select(desktop, ".block[data-name=encoder1]")[0]
    assert block.get_attribute("open")
    assert ["encoder1_conv2d_1", "encoder1_batch_normalization_1"] in drawn_lines(desktop)
    select(block, "summary")[0].click()
    assert not block.get_attribute("open")
    wait_for_lines(desktop, lambda lines: ["encoder1_conv2d_1", "encoder1_batch_normalization_1"] not in lines)
    assert ["encoder1", "up_1"] in drawn_lines(desktop)
    select(desktop, "#unfold")[0].click()
    wait_for_lines(desktop, lambda lines: ["up_1_enlarged", "up_1_concatenate_1"] in lines)
    select(desktop, "#fold")[0].click()
    wait_for_lines(desktop, lambda lines: len(lines) == 19)


def wait_for_lines(driver: Any, holds: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 10).until(lambda found: holds(drawn_lines(found)))


# Two boxes in one drawing that cover each other, lines that touch a box which is not theirs.
OVERLAPS = """
const wrong = [];
for (const drawing of document.querySelectorAll(".drawing")) {
  if (!drawing.checkVisibility()) continue;
  const boxes = [...drawing.querySelectorAll(":scope > .box")].map(b => [b.dataset.name, b.getBoundingClientRect()]);
  boxes.forEach(([name, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) wrong.push([name, other]);
  }));
  const origin = drawing.getBoundingClientRect();
  for (const path of drawing.querySelectorAll(":scope > .lines path:not(.head)")) {
    const length = path.getTotalLength();
    for (let at = 4; at < length - 4; at += 4) {
      const point = path.getPointAtLength(at), x = point.x + origin.left, y = point.y + origin.top;
      for (const [name, box] of boxes)
        if (x > box.left + 1 && x < box.right - 1 && y > box.top + 1 && y < box.bottom - 1)
          wrong.push([path.dataset.source, path.dataset.target, "through", name]);
    }
  }
}
return wrong;
"""


NEXT_FRAME = """
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)));
"""


@pytest.mark.parametrize("name", ["lenet5", "unet_scenes", "resnet56", "resnet50"])
def test_no_box_and_no_line_covers_a_box(desktop: Any, tmp_path: Path, name: str) -> None:
    """The drawing could not be read, folded or unfolded."""
    desktop.get(page_of(tmp_path, f"architectures/{name}.json"))
    assert desktop.execute_script(OVERLAPS) == []
    select(desktop, "#unfold")[0].click()
    wait_for_lines(desktop, lambda lines: len(lines) > 7)
    # Lines of before may be there still: they are drawn anew once the boxes have come to their places.
    desktop.execute_async_script(NEXT_FRAME)
    assert desktop.execute_script(OVERLAPS) == []


def test_runs_side_by_side(desktop: Any, tmp_path: Path) -> None:
    """The page of a comparison would be broken, and its charts not readable."""
    from selenium.webdriver import ActionChains

    for name in ("first", "second"):
        write_run(tmp_path / name)
    assert main(["compare", str(tmp_path)]) == 0
    desktop.get((tmp_path / "comparison.html").as_uri())
    chart = select(desktop, ".chart")[0]
    ActionChains(desktop).move_to_element(select(chart, "svg")[0]).perform()
    assert [line.split()[0] for line in select(chart, ".values")[0].text.splitlines()] == ["epoch", "first", "second"]


def test_the_page_fits_a_phone(tmp_path: Path) -> None:
    """One would have to scroll sideways to read a sentence."""
    with browser(tmp_path / "profile", PHONE, 740) as driver:
        driver.get(page_of(tmp_path, "architectures/unet_scenes.json"))
        assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE
