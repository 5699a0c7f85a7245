"""What somebody decided by a version of a dossier, as it travels between modules."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DecisionKind(StrEnum):
    """What it says; a note decides nothing."""

    APPROVE = "approve"
    REFUSE = "refuse"
    ASK_PAPERS = "ask_papers"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision, or a note: by which version, by whom (as who asked) and when."""

    id: int
    version: int
    kind: DecisionKind
    text: str = field(repr=False)
    owner: str
    at: datetime
