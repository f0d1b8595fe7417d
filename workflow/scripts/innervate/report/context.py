"""What every part of the report is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from innervate.config.cohort import Cohort, Contrast
from innervate.config.settings import Settings
from innervate.report.data import CohortResults

if TYPE_CHECKING:
    from innervate.circuit.definition import Circuit

SIGNIFICANCE = 0.05
"""False discovery rate below which the report says that an association was found."""


@dataclass(frozen=True)
class Context:
    """A cohort's results beside what was asked of them."""

    results: CohortResults
    cohort: Cohort
    settings: Settings
    circuit: Circuit

    @property
    def alpha(self) -> float:
        """False discovery rate of differential expression."""
        return self.settings.differential_expression.alpha

    @cached_property
    def names(self) -> dict[str, str]:
        """Each node and control as it is to be shown."""
        return node_names(self.circuit)

    @cached_property
    def tissues(self) -> pd.Series:
        """Tissue by sample."""
        return self.results.samples.set_index("sample")["tissue"]

    @cached_property
    def node_rows(self) -> pd.DataFrame:
        """Columns node, tissue, measured: every node and control, in the circuit's order."""
        nodes, scores = self.results.nodes, self.results.scores
        if nodes is not None:
            rows = nodes[["node", "tissue"]].astype(str)
            rows = rows.assign(measured=nodes["status"].eq("measured"))
        elif scores is not None:
            rows = scores[["node", "tissue"]].astype(str)
            rows = rows.assign(measured=scores["z"].notna())
        else:
            return pd.DataFrame(columns=["node", "tissue", "measured"])
        rows = rows.groupby(["node", "tissue"], as_index=False, sort=True)["measured"].any()
        place = {name: i for i, name in enumerate(self.names)}
        order = rows["node"].map(lambda node: place.get(node, len(place)))
        return rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)

    @cached_property
    def patient_order(self) -> list[str]:
        """Patients by circuit index, the highest first, then those without one."""
        patients, scores = self.results.patients, self.results.scores
        ordered = [] if scores is None else sorted(scores["patient"].unique())
        if patients is None:
            return ordered
        ranked = patients.sort_values(
            ["circuit_index", "patient"], ascending=[False, True], kind="stable"
        )
        return list(dict.fromkeys([*ranked["patient"], *ordered]))

    def sides(self, contrast: Contrast) -> tuple[str, str]:
        """What a positive and a negative fold change of a contrast mean."""
        if contrast.numerator and contrast.denominator:
            return f"higher in {contrast.numerator}", f"higher in {contrast.denominator}"
        if contrast.interaction:
            terms = " and ".join(f"{k} {v}" for k, v in contrast.interaction.items())
            return f"more positive with {terms}", f"more negative with {terms}"
        return f"rising with {contrast.variable}", f"falling with {contrast.variable}"

    def contrast(self, name: str) -> Contrast | None:
        """A contrast as the cohort file declares it."""
        return self.cohort.bulk.contrasts.get(name) if self.cohort.bulk else None


def node_names(circuit: Circuit) -> dict[str, str]:
    """Each node and control of a circuit as it is to be shown, in the circuit's order."""
    return {
        name: getattr(node, "title", "") or name
        for part in (circuit.nodes, circuit.controls)
        for name, node in part.items()
    }
