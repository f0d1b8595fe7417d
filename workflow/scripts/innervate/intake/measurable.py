"""What of a circuit a cohort can measure, by its genes, samples and clinical columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.circuit.edges import edge_ends
from innervate.circuit.ends import NotMeasurableError, Patients
from innervate.circuit.patients import sampled_patients
from innervate.config.circuit import Circuit, Node
from innervate.config.cohort import PER_SAMPLE_FORMATS, Cohort
from innervate.config.settings import Settings
from innervate.genes.harmonize import harmonize
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes
from innervate.inputs.bulk import read_one
from innervate.inputs.cell_h5ad import read_h5ad, sample_column
from innervate.inputs.cell_samples import cell_sources
from innervate.inputs.cells import inside, read_sample
from innervate.inputs.clinical.table import check_clinical
from innervate.inputs.readers import gene_ids
from innervate.scoring.compartments import ABSENT, in_cells
from innervate.scoring.expression import Expression
from innervate.scoring.nodes import first_planned, ruler_of

BULK, CELLS = "bulk", "single_cell"


@dataclass(frozen=True)
class Measurable:
    """What can be measured.

    Parameters
    ----------
    nodes
        By node and control: ``label, status`` (measured or not measurable), ``measure, reason``.
    edges
        One row an edge: ``edge, possible, patients, reason``.
    outcomes
        One row an outcome of the circuit: ``outcome, possible, patients, reason``.
    patients
        Those with a sample of a tissue that the circuit measures, or an assay of a node.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    outcomes: pd.DataFrame
    patients: pd.Index


def measurable(
    cohort: Cohort, file: str, samples: pd.DataFrame, circuit: Circuit, settings: Settings
) -> Measurable:
    """Say what a cohort can measure, without computing anything.

    Whether a gene is expressed in enough samples, and a cell type found in enough cells, is seen
    only in the run: genes that the input names count as expressed here.

    Parameters
    ----------
    cohort
        Without problems.
    file
        Its file, for messages.
    samples
        Contract ``samples``.
    circuit, settings
        Of the run.
    """
    clinical = None
    if cohort.clinical:
        clinical = check_clinical(cohort, file)[0].set_index("patient")
    genes = {assay: input_genes(cohort, samples, assay) for assay in (BULK, CELLS)}
    nodes, values = _nodes(cohort, samples, genes, clinical, circuit, settings)
    if clinical is not None:
        clinical = clinical.reindex(values.index)
    patients = Patients(values, nodes, pd.DataFrame(), clinical, cohort.clinical)
    edges = _edges(patients, circuit, settings)
    return Measurable(nodes, edges, _outcomes(patients, circuit), values.index)


def input_genes(cohort: Cohort, samples: pd.DataFrame, assay: str) -> list[str]:
    """Approved symbols of the genes that all bulk inputs name, or those of a sample of cells.

    Of a matrix only the identifiers are read; of inputs with a file a sample one file stands
    for all.
    """
    mine = samples[samples["assay"] == assay]
    if mine.empty:
        return []
    if assay == CELLS:
        lists = [_cell_ids(cohort, mine)]
    else:
        lists = [_matrix_ids(matrix, mine) for matrix in cohort.bulk.matrices]
    table = load_genes(cohort.species)
    names = [set(harmonize(ids, table)["name"]) - {""} for ids in lists]
    return sorted(set.intersection(*names))


def _matrix_ids(matrix, samples: pd.DataFrame) -> list[str]:
    if matrix.format in PER_SAMPLE_FORMATS:
        return read_one(matrix, samples.iloc[:1]).ids
    if matrix.format == "h5ad":
        import anndata as ad

        var = ad.read_h5ad(matrix.path, backed="r").var
        return list(map(str, var[matrix.gene_column] if matrix.gene_column else var.index))
    return gene_ids(matrix)


def _cell_ids(cohort: Cohort, samples: pd.DataFrame) -> list[str]:
    sample, source = next(iter(cell_sources(cohort, samples).items()))
    matrix = source.matrix
    if matrix.format != "h5ad":
        return read_sample(matrix, sample, source.file).ids
    if not matrix.whole:
        path = inside(matrix, source.file, sample, matrix.file_column)
        return read_h5ad(path, matrix).ids
    rows = np.arange(len(sample_column(matrix.path, matrix.sample_column))) < 1
    return read_h5ad(matrix.path, matrix, rows).ids


def _nodes(
    cohort: Cohort,
    samples: pd.DataFrame,
    genes: Mapping[str, list[str]],
    clinical: pd.DataFrame | None,
    circuit: Circuit,
    settings: Settings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    nodes, sets = circuit.everything(), load_sets(cohort.species)
    named = {assay: _named_genes(symbols, cohort.species) for assay, symbols in genes.items()}
    baseline = samples
    if cohort.baseline is not None:
        baseline = samples[samples["timepoint"] == cohort.baseline]
    assays = {name: _by_assay(node, clinical) for name, node in nodes.items()}
    known = sampled_patients(samples, circuit).union(*(one[1] for one in assays.values() if one))
    patients = pd.Index(sorted(known), name="patient")
    values = pd.DataFrame(np.nan, index=patients, columns=list(nodes))
    rows = {}
    for name, node in nodes.items():
        by_assay = assays[name]
        row = {"label": node.label, "tissue": node.tissue, "status": "not measurable"}
        if by_assay is not None and by_assay[1]:
            measure, known = by_assay[0], by_assay[1]
            values.loc[patients.isin(known), name] = 1.0
            rows[name] = row | {"status": "measured", "measure": measure, "reason": ""}
            continue
        reasons, measures = [], []
        for assay in (BULK, CELLS):
            here = samples[(samples["assay"] == assay) & (samples["tissue"] == node.tissue)]
            if not (samples["assay"] == assay).any():
                continue
            ruler = ruler_of(name, nodes, named[assay], circuit, sets, settings.scoring, 0)
            measure, reason = _by_rna(node, assay, ruler, len(here), settings)
            if reason:
                reasons.append(reason)
                continue
            measures.append(measure)
            who = baseline.loc[baseline.index.isin(here.index), "patient"]
            values.loc[patients.isin(who), name] = 1.0
        found = {"status": "measured", "measure": "; ".join(measures), "reason": ""}
        reason = "; ".join(dict.fromkeys(reasons))
        rows[name] = row | (found if measures else {"measure": "none", "reason": reason})
    return pd.DataFrame.from_dict(rows, orient="index"), values


def _by_assay(node: Node, clinical: pd.DataFrame | None) -> tuple[str, list[str]] | None:
    """The first measure, where it is an assay that the clinical table holds values of."""
    for measure in node.measures if clinical is not None else []:
        if measure.kind != "assay":
            return None
        column = f"assay_{measure.assay}"
        if column in clinical:
            known = clinical.index[clinical[column].notna()]
            return f"assay {measure.assay}", list(known)
    return None


def _by_rna(node: Node, assay: str, ruler, count: int, settings: Settings) -> tuple[str, str]:
    """How a node is measured in an assay's samples, or why not."""
    if assay == CELLS and node.cells is None:
        return "", ABSENT
    if assay == CELLS and node.cells.share:
        if count < settings.scoring.min_samples:
            needed = settings.scoring.min_samples
            return "", f"{count} samples of tissue {node.tissue} have cells, {needed} needed"
        return f"share of {', '.join(node.cells.types)} cells in {count} samples", ""
    view = in_cells(node) if assay == CELLS else node
    plan, reason = first_planned(view, ruler, count, settings.scoring)
    if reason:
        return "", reason
    method = f"{plan.method} ({plan.genes_found} of {plan.genes_total} genes, {count} samples)"
    if assay == CELLS:
        needed = f"{settings.scoring.min_samples} of them have {settings.pseudobulk.min_cells}"
        method += f", in cells: if {needed} {', '.join(node.cells.types)} cells"
    return method, ""


def _named_genes(symbols: list[str], species: str) -> Expression:
    """No samples, of genes that all count as expressed."""
    values = pd.DataFrame(columns=symbols, dtype=float)
    return Expression(values, pd.Series(True, index=symbols), species)


def _edges(patients: Patients, circuit: Circuit, settings: Settings) -> pd.DataFrame:
    rows = []
    for edge in circuit.edges:
        row = {"edge": f"{edge.source} > {edge.target}", "possible": False, "patients": 0}
        try:
            _, target, both = edge_ends(edge, patients, circuit, settings.edges)
            size = target.of(both).size()
            if size < settings.edges.min_events:
                raise NotMeasurableError(f"{size:.0f} events, {settings.edges.min_events} needed")
            rows.append(row | {"possible": True, "patients": len(both), "reason": ""})
        except NotMeasurableError as error:
            rows.append(row | {"reason": str(error)})
    return pd.DataFrame(rows)


def _outcomes(patients: Patients, circuit: Circuit) -> pd.DataFrame:
    rows = []
    for name, outcome in circuit.outcomes.items():
        row = {"outcome": outcome.label, "possible": False, "patients": 0}
        try:
            target = patients.target(name, circuit)
            known = target.known()
            said = {"time_to_event": f"{target.of(known).size():.0f} events"}
            row |= {"possible": True, "patients": len(known)}
            rows.append(row | {"reason": said.get(outcome.kind, "")})
        except NotMeasurableError as error:
            rows.append(row | {"reason": str(error)})
    return pd.DataFrame(rows)
