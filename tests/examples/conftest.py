"""The example lies in a configured folder, as a third party's addon does; nothing of it is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(autouse=True)
def _folder_of_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name this folder as an installation would."""
    folders = [str(FOLDER), *filter(None, [os.environ.get("ZHIDU_ADDON_FOLDERS")])]
    monkeypatch.setenv("ZHIDU_ADDON_FOLDERS", os.pathsep.join(folders))
