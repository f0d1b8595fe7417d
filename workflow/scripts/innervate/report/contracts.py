"""Data contracts: what the report writes beside its page."""

from __future__ import annotations

from innervate.runtime.contract import Table, columns

FIGURES = Table(
    "figures",
    "figures/figures.tsv",
    "a figure for a paper",
    (
        *columns("text", True, figure="name of its files", title="what it shows"),
        *columns("text", legend="its note"),
        *columns("number", True, width_mm="width", height_mm="height"),
    ),
)
