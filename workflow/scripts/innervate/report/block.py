"""What a section is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from innervate.report.figures.style import Chart
from innervate.report.tables import BigTable, Table


@dataclass(frozen=True)
class PatientView:
    """Where the page shows one patient, chosen in the table ``patients``."""

    data: dict[str, Any]
    """The nodes in order: name, label, tissue, control, column, error_column."""
    kind: str = "patients"


class Link(NamedTuple):
    """A file beside the page, or one that the page holds."""

    href: str
    text: str
    note: str = ""
    download: str = ""
    """Name under which a file that the page holds is saved."""


@dataclass(frozen=True)
class Links:
    """A list of files beside the page."""

    links: list[Link]
    kind: str = "links"


Block = str | Chart | Table | BigTable | PatientView | Links
"""A sentence, a figure, a table, small or large, the view of one patient, or links to files."""
