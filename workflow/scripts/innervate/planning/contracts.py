"""Data contracts: a planned study."""

from __future__ import annotations

from innervate.runtime.contract import Column, Table, columns

POWER = Table(
    "power",
    "../plan/power.tsv",
    "a question at a number of patients",
    (
        *columns("integer", True, patients="of the study", replicates="simulated studies"),
        Column("kind", "text", "edge, chain or association", True),
        Column("name", "text", "which", True),
        *columns(
            "number",
            rejected="power: share of the studies with p at or below 0.05",
            rejected_error="its Monte-Carlo standard error",
            truth="what the study estimates, in the unit of the question",
            bias="mean estimate less the truth",
            bias_error="its Monte-Carlo standard error",
            coverage="share of the 95 % intervals that hold the truth",
            coverage_error="its Monte-Carlo standard error",
        ),
    ),
)
