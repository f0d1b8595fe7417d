"""What a report is made of: the result tables of one cohort, where they exist."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from innervate.bulk.contracts import BULK_QC, DE, GSEA, PCA
from innervate.circuit.contracts import (
    CHAIN,
    EDGE_CONTROLS,
    EDGES,
    HYPOTHESES,
    PATH_FIT,
    PATH_MODEL,
    PATIENTS,
)
from innervate.clinical.contracts import (
    ASSOCIATIONS,
    IMPUTED,
    JOINED,
    MISSING,
    SURVIVAL,
    SURVIVAL_CURVES,
    SURVIVAL_MODELS,
)
from innervate.inputs.clinical.contracts import PAIN_OVER_TIME
from innervate.inputs.contracts import GENES, SAMPLES
from innervate.macrophages.contracts import POLARIZATION
from innervate.prediction.contracts import (
    ARM_INTERACTIONS,
    BIOMARKERS,
    CALIBRATION,
    DECISION,
    PREDICTION,
    ROC,
)
from innervate.reads.contracts import LIBRARIES
from innervate.report.cell_data import CellResults, load_cell_results
from innervate.report.files import ResultFile, result_files
from innervate.runtime.contract import EXCLUSIONS, Table
from innervate.runtime.errors import InnervateError
from innervate.runtime.files import read_table
from innervate.runtime.history import CHANGES
from innervate.scoring.contracts import AGREEMENT, NODES, SCORES
from innervate.trials.contracts import AGENTS, TRIALS

EVIDENCE = (EDGES, EDGE_CONTROLS, CHAIN, PATH_MODEL, PATH_FIT, HYPOTHESES)
CLINIC = (
    JOINED,
    PAIN_OVER_TIME,
    ASSOCIATIONS,
    SURVIVAL,
    SURVIVAL_CURVES,
    MISSING,
    IMPUTED,
    SURVIVAL_MODELS,
    AGENTS,
    TRIALS,
    BIOMARKERS,
    PREDICTION,
    ROC,
    CALIBRATION,
    DECISION,
    ARM_INTERACTIONS,
)


@dataclass(frozen=True)
class CohortResults:
    """The result tables of a cohort; a part that the cohort does not have is None or empty.

    Each frame is as its contract describes it, with further columns let through.
    """

    samples: pd.DataFrame
    genes: pd.DataFrame | None = None
    libraries: pd.DataFrame | None = None
    exclusions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=EXCLUSIONS.names))
    """Of all stages, one row a thing that was left out."""
    qc: pd.DataFrame | None = None
    pca: pd.DataFrame | None = None
    """sample, tissue, pc1, pc2, ... and pc1_variance, ... as shares of 0 to 1."""
    de: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By contrast."""
    gsea: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By contrast."""
    scores: pd.DataFrame | None = None
    nodes: pd.DataFrame | None = None
    """node, tissue, measure, status, reason, genes_found, genes_total."""
    agreement: pd.DataFrame | None = None
    patients: pd.DataFrame | None = None
    polarization: pd.DataFrame | None = None
    evidence: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By contract: edges, edge_controls, chain, path_model, path_fit, hypotheses."""
    clinical: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By contract, as far as the cohort has them: associations, survival, survival_curves, ..."""
    single_cell: CellResults | None = None
    run: dict[str, Any] = field(default_factory=dict)
    """provenance/run.json."""
    changes: pd.DataFrame | None = None
    """Differences from the previous run; None where this is the first."""
    files: list[ResultFile] = field(default_factory=list)
    """The tables beside the report."""


def load_results(folder: str | Path) -> CohortResults:
    """Read the result tables of a cohort.

    Parameters
    ----------
    folder
        ``results/{cohort}``; only ``inputs/samples.tsv`` must be there.

    Returns
    -------
    CohortResults
        With None or an empty mapping for each part that has no file.

    Raises
    ------
    InnervateError
        Where the sample table is missing.
    """
    folder = Path(folder)
    samples = _table(folder / "inputs/samples.tsv", SAMPLES)
    if samples is None:
        raise InnervateError(f"{folder}: no inputs/samples.tsv, so there is nothing to report")
    return CohortResults(
        samples=samples,
        genes=_table(folder / "inputs/genes.tsv", GENES),
        libraries=_table(folder / "reads/libraries.tsv", LIBRARIES),
        exclusions=_exclusions(folder),
        qc=_table(folder / "bulk/qc.tsv", BULK_QC),
        pca=_table(folder / "bulk/pca.tsv", PCA),
        de=_tables(folder / "bulk/de", DE),
        gsea=_tables(folder / "bulk/gsea", GSEA),
        scores=_table(folder / "circuit/scores.tsv", SCORES),
        nodes=_table(folder / "circuit/nodes.tsv", NODES),
        agreement=_table(folder / "circuit/agreement.tsv", AGREEMENT),
        patients=_table(folder / "circuit/patients.tsv", PATIENTS),
        polarization=_table(folder / "circuit/polarization.tsv", POLARIZATION),
        evidence=_contracted(folder, EVIDENCE),
        clinical=_contracted(folder, CLINIC),
        single_cell=load_cell_results(folder),
        run=_record(folder / "provenance/run.json"),
        changes=_table(folder / "provenance/changes.tsv", CHANGES)
        if _record(folder / "provenance/previous.json")
        else None,
        files=result_files(folder),
    )


def _record(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _table(path: Path, contract: Table) -> pd.DataFrame | None:
    return read_table(path, contract) if path.is_file() else None


def _contracted(folder: Path, tables: Iterable[Table]) -> dict[str, pd.DataFrame]:
    found = {table.name: _table(folder / table.path, table) for table in tables}
    return {name: frame for name, frame in found.items() if frame is not None}


def _tables(folder: Path, contract: Table) -> dict[str, pd.DataFrame]:
    return {path.stem: read_table(path, contract) for path in sorted(folder.glob("*.tsv"))}


def _exclusions(folder: Path) -> pd.DataFrame:
    """The cohort's one exclusion table, or, where it is not made yet, those of the stages."""
    whole = folder / "exclusions.tsv"
    stages = [*folder.glob("*/*exclusions.tsv"), *folder.glob("*/*_exclusions/*.tsv")]
    paths = [whole] if whole.is_file() else sorted(stages)
    frames = [read_table(path, EXCLUSIONS) for path in paths]
    if not frames:
        return pd.DataFrame(columns=EXCLUSIONS.names)
    return pd.concat(frames, ignore_index=True)[EXCLUSIONS.names].drop_duplicates()
