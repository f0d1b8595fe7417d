"""What every part of the report is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from innervate.circuit.definition import Circuit
from innervate.config.cohort import Cohort, Contrast
from innervate.config.settings import Settings
from innervate.report.data import CohortResults

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
        if patients is not None:
            ordered = patients.sort_values(
                ["circuit_index", "patient"], ascending=[False, True], kind="stable"
            )
            return ordered["patient"].tolist()
        return sorted(scores["patient"].unique()) if scores is not None else []

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
