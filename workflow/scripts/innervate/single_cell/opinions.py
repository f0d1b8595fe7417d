"""A cohort's annotation: ours by markers, and what other opinions say of the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import pandas as pd

from innervate.config.cell_settings import Annotation
from innervate.config.cells import CellLabels, CellTypist
from innervate.genes.cell_types import INPUT_LABEL, UNASSIGNED, CellTypes
from innervate.genes.sets import GeneSet
from innervate.single_cell.annotation import agreement, annotate, marker_scores, use_labels
from innervate.single_cell.integration import integration_quality
from innervate.single_cell.reference_model import predict_types

STAGE = "annotation"
AGREEMENT = ["opinion", "ours", "theirs", "n", "share"]


@dataclass(frozen=True)
class Annotated:
    """A cohort's cell types.

    Parameters
    ----------
    cells
        By cell: as `innervate.single_cell.annotation.annotate`, ``leiden`` and other opinions.
    agreement
        Of each other opinion with ours.
    integration
        As `innervate.single_cell.integration.integration_quality`.
    exclusions
        Contract ``exclusions``: marker sets with too few genes.
    """

    cells: pd.DataFrame
    agreement: pd.DataFrame
    integration: pd.DataFrame
    exclusions: pd.DataFrame


def annotate_cells(
    cells: ad.AnnData,
    embedding: ad.AnnData,
    types: CellTypes,
    sets: Mapping[str, GeneSet],
    settings: Annotation,
    labels: CellLabels | None,
    model: CellTypist | None,
    seed: int,
) -> Annotated:
    """Annotate all cells of a cohort.

    Parameters
    ----------
    cells
        Joined cells with ``layers['lognorm']``; ``obs['input_label']`` where labels are declared.
    embedding
        Of `innervate.single_cell.embedding.embed`.
    types, sets, settings
        As for `innervate.single_cell.annotation`.
    labels
        Labels of the input to compare with or to use.
    model
        A CellTypist model to compare with.
    seed
        Of cells that are drawn to measure the integration.
    """
    scores, lacking = marker_scores(cells, types, sets)
    ours = annotate(scores, embedding.obsp["connectivities"], types, settings)
    # Measured by types that know nothing of the neighbors which the embedding gave.
    alone = scores[[name for name in types.lineage_sets.values() if name in scores.columns]]
    integration = integration_quality(embedding, alone.idxmax(axis=1), seed)
    result, tables = ours.assign(leiden=embedding.obs["leiden"].astype(str)), []
    if labels:
        theirs = cells.obs[INPUT_LABEL].astype(str)
        mapped = theirs.map(labels.values).fillna(UNASSIGNED)
        tables += [agreement(ours["cell_type"], theirs, "labels of the input")]
        result = result.assign(label=mapped)
        if labels.use == "replace":
            result = use_labels(result, theirs, labels.values, types)
    if model:
        predicted = predict_types(cells, model.model)
        tables += [agreement(ours["cell_type"], predicted, "CellTypist")]
        result = result.assign(celltypist=predicted.map(model.values).fillna(UNASSIGNED))
    exclusions = pd.DataFrame(
        [("gene_set", name, STAGE, "too few of its genes in the matrix") for name in lacking],
        columns=["level", "id", "stage", "reason"],
    )
    compared = pd.concat(tables) if tables else pd.DataFrame(columns=AGREEMENT)
    return Annotated(result, compared, integration, exclusions)
