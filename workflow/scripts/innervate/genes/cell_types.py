"""The cell types that the workflow knows: two levels, their marker sets, how they read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from innervate.runtime.files import RESOURCES

FILE = RESOURCES / "cell_types.tsv"
UNASSIGNED = "unassigned"
INPUT_LABEL = "input_label"
"""Column of ``obs`` that holds the input's own label of a cell."""
MALIGNANT = "malignant"
"""Not a type by markers: an epithelial cell with the copy numbers of a tumor."""


@dataclass(frozen=True)
class CellTypes:
    """Lineages and, within them, cell types.

    Parameters
    ----------
    frame
        ``resources/cell_types.tsv``: ``lineage, cell_type, set, lineage_set, label, reference``;
        `set` is empty where the lineage has one type.
    """

    frame: pd.DataFrame

    @property
    def lineage_sets(self) -> dict[str, str]:
        """Lineage: its marker set."""
        unique = self.frame.drop_duplicates("lineage")
        return dict(zip(unique["lineage"], unique["lineage_set"], strict=True))

    def types_of(self, lineage: str) -> dict[str, str]:
        """Cell types of a lineage: their marker sets (empty where there is one type only)."""
        here = self.frame[self.frame["lineage"] == lineage]
        return dict(zip(here["cell_type"], here["set"], strict=True))

    @property
    def lineage_of(self) -> dict[str, str]:
        """Cell type: its lineage; lineages of several types stand for themselves."""
        known = dict(zip(self.frame["cell_type"], self.frame["lineage"], strict=True))
        return known | {name: name for name in self.lineage_sets} | {MALIGNANT: "epithelial"}

    @property
    def reference(self) -> list[str]:
        """Lineages that keep the normal copy numbers of the genome."""
        return sorted(set(self.frame.loc[self.frame["reference"] == "yes", "lineage"]))

    @property
    def labels(self) -> dict[str, str]:
        """How types and lineages read in figures."""
        known = dict(zip(self.frame["cell_type"], self.frame["label"], strict=True))
        several = {
            name: f"{name.replace('_', ' ').capitalize()}, type unclear"
            for name, here in self.frame.groupby("lineage")
            if len(here) > 1
        }
        return several | known | {MALIGNANT: "Malignant", UNASSIGNED: "Unassigned"}

    @property
    def known(self) -> list[str]:
        """Names that a label may be mapped to."""
        types = dict.fromkeys([*self.frame["cell_type"], *self.lineage_sets])
        return [*types, MALIGNANT, UNASSIGNED]


def load_cell_types() -> CellTypes:
    """Load the shipped cell types."""
    return CellTypes(pd.read_csv(FILE, sep="\t", dtype=str, keep_default_na=False))
