"""Names under which a record's page posts what is done beside a decision.

Each has a dash, so that it cannot be the name of a transition that an addon declares.
"""

from __future__ import annotations

from enum import StrEnum


class Name(StrEnum):
    """What a form posts as ``action``."""

    ADD = "add-signer"
    REMOVE = "remove-signer"
    CONSULT = "ask-opinion"
    ANSWER = "give-answer"
    TRANSFER = "pass-on"
    COPY = "send-copies"
    URGE = "urge-people"
    JUMP = "jump-to"
    HAND_OVER = "hand-over"
    TERMINATE = "end-request"
    OBJECT = "object-to"
    OPINION = "copy-opinion"
    READ = "mark-read"
    EDIT = "save-fields"
