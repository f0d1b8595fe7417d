"""The models of what evidence is: what an edge is tested against, and what its status rests on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from innervate.config.base import Fraction, Name, Strict

SUGGESTIVE = "suggestive (unadjusted)"
"""Status of an edge that has all that `supported` asks for, and could not be adjusted for all that
was declared to confound it."""

STATUSES = ("supported", SUGGESTIVE, "contradicted", "inconclusive", "not measurable")
"""What may be said of an edge, in the order in which a reader wants it."""


class Outcome(Strict):
    """A clinical end that an edge may reach."""

    label: str
    """For figures."""
    kind: Literal["pain", "time_to_event", "response"]
    """Which part of a cohort's clinical table holds it: `pain`, `endpoints` or `response`."""
    names: list[Name] = []
    """Names there, the first that a cohort has is taken; by default the first that it declares."""


class EdgeRule(Strict):
    """What an edge must show; every part of the rule has to hold."""

    direction: Literal["expected", "opposite"]
    """Direction of the effect against the edge's sign."""
    fdr_below: Fraction
    """False discovery rate over the cohort's measurable edges."""
    specificity_at_least: Fraction = 0.0
    """Share of matched random gene sets that the effect must exceed; where an edge has none (two
    assays), this part does not count."""
    interval_excludes_zero: bool = False
    """Whether the 95 % interval of the effect must leave zero out: where patients are few, the
    bootstrap is often less sure than the permutation test."""
    survives_controls: bool = False
    """Whether no specificity control may explain the effect away."""


class Evidence(Strict):
    """How edges are judged."""

    composition: list[Name] = []
    """Controls that are covariates of every edge with an end in their tissue: an edge between two
    tissues gets those of both. They come after the cohort's own confounders (`adjust_for`) and
    before assay and batch."""
    specificity: list[Name] = []
    """Controls that could explain an edge; each is tried as a further covariate."""
    common_causes: list[Name] = []
    """Controls that stand for the competing hypothesis that everything follows them."""
    explained_below: Fraction = 0.5
    """An edge is explained away where, given a control, less than this share of its effect is
    left."""
    patients_per_covariate: int = Field(5, ge=1)
    """Patients that each covariate needs; where there are fewer, the last ones are left out, with
    a note."""
    supported: EdgeRule
    """When an edge is supported. One that lost a confounder, of the cohort's `adjust_for` or of
    `composition`, is "suggestive (unadjusted)" at most, whatever this rule says."""
    contradicted: EdgeRule
    """When an edge is contradicted, which takes every confounder too. Measurable edges that are
    neither are inconclusive."""
