"""What the doctor finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["COSTS", "Finding", "Kind", "Report"]


class Kind(StrEnum):
    """What is wrong with a use, the worst first."""

    REMOVED = "removed"
    PRIVATE = "private"
    OVERRIDDEN = "overridden"
    SLOW = "slow"


#: What each kind means for a program.
COSTS = {
    Kind.REMOVED: "gone from Flask or Werkzeug; works under the drop-in, with a warning",
    Kind.PRIVATE: "no part of the contract; may change with any release",
    Kind.OVERRIDDEN: "honoured; requests leave the straight lane for the general way",
    Kind.SLOW: "works; costs time in every request that comes by it",
}


@dataclass(frozen=True, order=True)
class Finding:
    """One use.

    Attributes:
        path: The file, as text.
        line: From 1; 0 where it is the whole file or none.
        kind: What is wrong with it.
        name: What is used.
        instead: What to write instead.
        cost: What it costs, where that is more than its kind says.
    """

    path: str
    line: int
    kind: Kind
    name: str
    instead: str = ""
    cost: str = ""


@dataclass
class Report:
    """What was found in one thing.

    Attributes:
        subject: The app or the extension.
        files: How many files were read.
        findings: What was found, by file and line.
        unread: Files that could not be read, with the reason.
    """

    subject: str
    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    def count(self, kind: Kind) -> int:
        """Count the findings of a kind."""
        return sum(each.kind is kind for each in self.findings)

    def as_data(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {
            "subject": self.subject,
            "files": self.files,
            "counts": {str(kind): self.count(kind) for kind in Kind},
            "findings": [asdict(each) for each in self.findings],
            "unread": self.unread,
        }
