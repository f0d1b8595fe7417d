"""The models of how a node is measured: in RNA of a tissue, in cells, or by an assay."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from innervate.config.base import Fraction, Name, Strict


class AssayMeasure(Strict):
    """A measurement that is not RNA, declared under that name in the cohort's clinical table."""

    kind: Literal["assay"]
    """Which kind of measure this is."""
    assay: Name
    """Name of the assay."""


class GeneMeasure(Strict):
    """Expression of one gene."""

    kind: Literal["gene"]
    """Which kind of measure this is."""
    gene: str
    """Human symbol; in mouse its ortholog is taken."""


class SetMeasure(Strict):
    """Weighted mean z over the genes of a set."""

    kind: Literal["set"]
    """Which kind of measure this is."""
    set: str
    """Name in resources/gene_sets."""


class ModulesMeasure(Strict):
    """Mean of the z-scores of several modules, said to be raised only where each part is."""

    kind: Literal["modules"]
    """Which kind of measure this is."""
    parts: dict[Name, list[str]] = Field(min_length=1)
    """Parts and the sets of each: a part is the mean of its modules."""
    raised_above: Fraction = 0.9
    """Share of matched random sets that each part must exceed in a sample."""


class RatioMeasure(Strict):
    """Log2 ratio of two genes."""

    kind: Literal["ratio"]
    """Which kind of measure this is."""
    numerator: str
    """Human symbol."""
    denominator: str
    """Human symbol."""


class DifferenceMeasure(Strict):
    """Difference of two sets' z-scores."""

    kind: Literal["difference"]
    """Which kind of measure this is."""
    plus: str
    """Set that raises it."""
    minus: str
    """Set that lowers it."""


Measure = Annotated[
    AssayMeasure | GeneMeasure | SetMeasure | ModulesMeasure | RatioMeasure | DifferenceMeasure,
    Field(discriminator="kind"),
]


class SecondOpinion(Strict):
    """Another method beside the primary one, to show how far they agree."""

    method: Literal["ulm", "ssgsea"]
    """Univariate linear model (decoupler) or single-sample enrichment (gseapy)."""
    set: str
    """Name in resources/gene_sets."""


class InCells(Strict):
    """How a node is measured where there are single cells: in the pseudobulk of some types."""

    types: list[Name] = Field(min_length=1)
    """Cell types, as in resources/cell_types.tsv or `malignant`, that are summed."""
    share: bool = False
    """Whether the node is the share of a sample's cells that are of these types, instead of what
    they express."""
    adjust_for: list[str] = []
    """Sets whose scores in these cells are taken out. What a bulk sample's composition needs is
    not needed here."""
