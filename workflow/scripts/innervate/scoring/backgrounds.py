"""Scores of random gene sets in the place of a node's own, in the samples of either assay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit, Node
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet
from innervate.scoring.compartments import compartment_expression, in_cells
from innervate.scoring.draws import draw_scores
from innervate.scoring.expression import Expression, of_tissue
from innervate.scoring.matched import random_weights
from innervate.scoring.nodes import first_measurable, ruler_of


@dataclass(frozen=True)
class Backgrounds:
    """What random scores are made from.

    Parameters
    ----------
    bulk, sums
        ``bulk/bulk.h5ad`` and the pseudobulk, or None where the cohort lacks the assay.
    circuit, sets, settings, min_cells, seed
        As the nodes were scored with.
    """

    bulk: ad.AnnData | None
    sums: ad.AnnData | None
    circuit: Circuit
    sets: Mapping[str, GeneSet]
    settings: Scoring
    min_cells: int
    seed: int

    def random_scores(self, name: str, assay: str, method: str) -> pd.DataFrame | None:
        """Score matched random sets as a node was scored.

        Parameters
        ----------
        name
            Of the node.
        assay
            ``bulk`` or ``single cells``.
        method
            Of the node's primary score, which says whether it was adjusted.

        Returns
        -------
        DataFrame or None
            Draws x samples; None for a node that is a share of cells.
        """
        node = self.circuit.everything()[name]
        nodes = self.circuit.everything()
        if assay != "bulk":
            if node.cells.share:
                return None
            nodes = {
                key: in_cells(one)
                for key, one in nodes.items()
                if one.cells and not one.cells.share
            }
            node = nodes[name]
        expression = self._expression(node, assay)
        ruler = ruler_of(name, nodes, expression, self.circuit, self.sets, self.settings, self.seed)
        measured, _ = first_measurable(node, ruler, self.settings)
        adjusted = ", adjusted for " in method
        draws = self.settings.random_sets
        scores = draw_scores(measured.measure, node, adjusted, ruler, random_weights, draws)
        return pd.DataFrame(scores, columns=expression.values.index.astype(str))

    def _expression(self, node: Node, assay: str) -> Expression:
        if assay == "bulk":
            return of_tissue(self.bulk, node.tissue, self.settings.min_detection)
        return compartment_expression(
            self.sums, node.cells.types, node.tissue, self.min_cells, self.settings.min_detection
        )


def by_patient(scores: pd.DataFrame, patient_of: pd.Series, patients: pd.Index) -> np.ndarray:
    """Mean of each patient's samples.

    Parameters
    ----------
    scores
        Draws x samples.
    patient_of
        Patient by sample, of the samples that count.
    patients
        Wanted, each with such a sample.

    Returns
    -------
    ndarray
        Draws x patients.
    """
    member = pd.get_dummies(patient_of.reindex(scores.columns)).reindex(columns=patients)
    weights = member.to_numpy(float)
    return scores.to_numpy() @ (weights / weights.sum(axis=0))
