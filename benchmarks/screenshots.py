"""Take the pictures that the README shows: ``python -m benchmarks.screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.browser.gallery import furnish

from benchmarks.prove_ux import browser
from zhidu import demo
from zhidu.config import Config
from zhidu.testing.browser import USUAL
from zhidu.testing.databases import environ
from zhidu.testing.demo import served
from zhidu.testing.desk import Desk

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PICTURES = {"workbench": "home", "record": "record_filed"}
"""File name, and the page of the gallery."""


def main() -> None:
    """Furnish a demo as the tests do, and take each picture at 1440 x 900 in Chinese."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config.load(environ(Path(folder) / "var"))
        demo.load(config)
        with served(config) as office, browser() as chrome:
            gallery = furnish(office)
            IMAGES.mkdir(parents=True, exist_ok=True)
            for name, shown in PICTURES.items():
                person, path = gallery.pages[shown]
                desk = Desk(chrome.new_context(**USUAL).new_page(), office, person).log_in()
                desk.goto(path)
                desk.page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
                print(IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
