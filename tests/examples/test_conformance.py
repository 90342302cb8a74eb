"""The structural suite over the example: an author's own addon passes it, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhidu import Session
from zhidu.testing.conformance import AddonConformance

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module", autouse=True)
def _folder() -> Iterator[None]:
    """Name the folder before the class's registry is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        others = filter(None, [os.environ.get("ZHIDU_ADDON_FOLDERS")])
        patch.setenv("ZHIDU_ADDON_FOLDERS", os.pathsep.join([str(FOLDER), *others]))
        yield


class TestNote(AddonConformance):
    """Notes."""

    addon = "note"

    @classmethod
    def fill(cls, session: Session) -> None:
        """Write three notes."""
        from acme_note.models import Note
        from sqlalchemy import select

        from zhidu import Approval, Member, Record

        writer = session.scalars(select(Member).limit(1)).one()
        for number in range(3):
            header = Record(
                kind="note.note",
                title=f"Note {number}",
                applicant_id=writer.id,
                approval=Approval.DRAFT,
                execution="none",
                created_at=writer.created_at,
            )
            session.add(Note(header=header, text="…", last_day=None))
        session.flush()
