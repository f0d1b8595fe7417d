"""Citations of the methods text: numbers in it, a list of references, BibTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pandas as pd

from innervate.config.circuit import Circuit
from innervate.report.text import plain
from innervate.runtime.files import RESOURCES

# Parentheses end it unless it has both: 10.1016/S0304-3959(01)00349-9.
_DOI = r"10\.\d{4,9}/(?:[^\s,;()]|\([^\s,;()]*\))*[^\s,;().]"
_SPECIAL = re.compile(r"([&%$#_{}])")


class Citation(NamedTuple):
    """A publication; authors are separated by semicolons, each as ``Surname INITIALS``."""

    key: str
    doi: str
    authors: str
    title: str
    journal: str
    year: str
    volume: str
    pages: str

    def reference(self) -> str:
        """The publication as it stands in a list of references."""
        place = f"{self.volume}:{self.pages}".strip(":")
        issued = ";".join(filter(None, [f"{self.journal} {self.year}".strip(), place]))
        authors = self.authors.replace("; ", ", ").replace(" and others", ", et al")
        return ". ".join(filter(None, [authors, self.title, issued])) + f". doi:{self.doi}"

    def bibtex(self) -> str:
        """The publication as a BibTeX entry."""
        fields = {
            "author": " and ".join(map(_author, self.authors.split("; "))),
            "title": f"{{{_escaped(self.title)}}}",
            "journal": _escaped(self.journal),
            "year": self.year,
            "volume": self.volume,
            "pages": self.pages.replace("-", "--"),
            "doi": self.doi,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        kind = "article" if self.journal else "misc"
        return f"@{kind}{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\\", " "))


def _author(name: str) -> str:
    """``Love MI`` as ``Love, M. I.``; ``and others`` is BibTeX's own."""
    name, others, _ = name.partition(" and others")
    surname, _, initials = name.rpartition(" ")
    dotted = " ".join(f"{letter}." for letter in initials)
    return _escaped(f"{surname}, {dotted}" if surname else name) + others


@cache
def citations() -> dict[str, Citation]:
    """The curated citations of ``resources/citations.tsv``, by DOI in lower case."""
    path = RESOURCES / "citations.tsv"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    found = (Citation(*row) for row in frame[list(Citation._fields)].itertuples(index=False))
    return {citation.doi.lower(): citation for citation in found}


def numbered(paragraphs: Sequence[str], circuit: Circuit) -> tuple[list[str], list[Citation]]:
    """Replace each DOI by a number in brackets.

    Parameters
    ----------
    paragraphs
        Text in which a publication is cited as ``doi:10...``.
    circuit
        Whose DOI, the only one that a user can bring in, is cited by the circuit's title where
        no entry is known.

    Returns
    -------
    tuple
        The paragraphs with numbers, and the publications in that order.
    """
    found: dict[str, Citation] = {}

    def number(match: re.Match[str]) -> str:
        doi = next(filter(None, match.groups()))
        unknown = Citation("circuit", doi, "", plain(circuit.title), "", "", "", "")
        found.setdefault(doi.lower(), citations().get(doi.lower(), unknown))
        lead = " " if match.group(0).startswith(",") else ""
        return f"{lead}[{list(found).index(doi.lower()) + 1}]"

    # The circuit's own may hold what ends another.
    doi = rf"doi:({re.escape(plain(circuit.doi))}|{_DOI})"
    cited = re.compile(rf"\({doi}\)|, {doi}|{doi}")
    texts = [cited.sub(number, paragraph) for paragraph in paragraphs]
    return texts, list(found.values())
