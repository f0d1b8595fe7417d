"""Every node and control of a circuit, scored in every bulk sample or not measurable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from anndata import AnnData

from innervate.config.circuit import Circuit, Node
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet
from innervate.runtime.errors import InputError, Problem
from innervate.scoring.draws import draw_scores, resampled_weights
from innervate.scoring.expression import Expression, adjusting, of_tissue, standardize
from innervate.scoring.measures import Measured, Ruler
from innervate.scoring.opinions import agreement, linear_model, single_sample_enrichment

SAMPLES_BEYOND_COVARIATES = 5
"""Samples beyond the number of covariates that an adjustment needs."""

OF_SAMPLE = ["patient", "tissue", "timepoint"]
"""What the scores say of a sample."""


@dataclass(frozen=True)
class Scored:
    """Scores of all nodes.

    Parameters
    ----------
    scores
        Contract ``scores``, with ``primary``, ``raised``, ``status`` and ``reason``, and of the
        primary ones ``z_error``, the standard deviation of z when the genes are drawn anew.
    nodes
        One row a node: ``node, label, tissue, control, status, measure, reason, genes_found,
        genes_total``.
    agreement
        Of methods, as `innervate.scoring.opinions.agreement`.
    """

    scores: pd.DataFrame
    nodes: pd.DataFrame
    agreement: pd.DataFrame


def score_nodes(
    adata: AnnData,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Scoring,
    seed: int,
) -> Scored:
    """Score every node and control of a circuit.

    Parameters
    ----------
    adata
        Normalized, as ``bulk/bulk.h5ad``: samples x genes.
    circuit
        Nodes and how they are measured.
    sets
        Curated gene sets of the species, by name.
    settings
        Coverage, numbers of samples and of random sets.
    seed
        Of the random sets.

    Raises
    ------
    InputError
        Naming every gene set that the circuit asks for and that there is not.
    """
    check_sets(circuit, sets)
    nodes = circuit.everything()
    by_tissue = {
        tissue: of_tissue(adata, tissue, settings.min_detection)
        for tissue in sorted({node.tissue for node in nodes.values()})
    }
    expression = {name: by_tissue[node.tissue] for name, node in nodes.items()}
    scored = score_each(nodes, expression, circuit, sets, settings, seed)
    facts = adata.obs[OF_SAMPLE].astype(str).replace("nan", "")
    return replace(scored, scores=scored.scores.join(facts, on="sample").assign(compartment="bulk"))


def score_each(
    nodes: Mapping[str, Node],
    expression: Mapping[str, Expression],
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Scoring,
    seed: int,
) -> Scored:
    """Score nodes, each on an expression of its own.

    Parameters
    ----------
    nodes
        Nodes and controls, by name.
    expression
        By node, of the samples that it is measured in.
    circuit
        For the genes at the other ends of a node's edges, and for which nodes are controls.
    sets, settings, seed
        As for `score_nodes`.

    Returns
    -------
    Scored
        The scores do not yet name patient, tissue and compartment.
    """
    frames, summaries = [], []
    for name, node in nodes.items():
        ruler = ruler_of(name, nodes, expression[name], circuit, sets, settings, seed)
        frame, summary = _score_node(name, node, ruler, settings, seed)
        frames.append(frame)
        summaries.append({**summary, "control": name in circuit.controls})
    scores = pd.concat(frames, ignore_index=True)
    columns = ["node", "label", "tissue", "control", "status", "measure", "reason"]
    table = pd.DataFrame(summaries)[[*columns, "genes_found", "genes_total"]]
    return Scored(scores, table, agreement(scores))


def ruler_of(
    name: str,
    nodes: Mapping[str, Node],
    expression: Expression,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Scoring,
    seed: int,
) -> Ruler:
    """What a node is measured with: its sets lack the genes at the other ends of its edges.

    Parameters
    ----------
    name
        Of the node or control.
    nodes, circuit, sets, settings, seed
        As for `score_each`.
    expression
        Of the samples that it is measured in.
    """
    without = circuit.partner_genes(name) if name in circuit.nodes else frozenset()
    partners = frozenset(expression.gene(gene) for gene in without)
    own = {key: one.without(partners) for key, one in sets.items()}
    number = list(nodes).index(name)
    return Ruler(expression, own, settings.min_coverage, settings.random_sets, seed + 1000 * number)


def check_sets(circuit: Circuit, sets: Mapping[str, GeneSet]) -> None:
    """Refuse a circuit that names gene sets which there are not, listing all of them."""
    problems = [
        Problem(circuit.title, f"nodes.{name}", wanted, "a set of resources/gene_sets")
        for name, node in circuit.everything().items()
        for wanted in dict.fromkeys(node.sets())
        if wanted not in sets
    ]
    problems += [
        Problem(circuit.title, f"by_cell_type.{name}", one.set, "a set of resources/gene_sets")
        for name, one in circuit.by_cell_type.items()
        if one.set is not None and one.set not in sets
    ]
    if problems:
        raise InputError(problems)


def _score_node(
    name: str, node: Node, ruler: Ruler, settings: Scoring, seed: int
) -> tuple[pd.DataFrame, dict]:
    measured, reasons = first_measurable(node, ruler, settings)
    found, total = measured.genes_found, measured.genes_total
    summary = {"node": name, "label": node.label, "tissue": node.tissue, "measure": measured.method}
    summary |= {"genes_found": found, "genes_total": total}
    if measured.score is None:
        empty = pd.Series(np.nan, index=ruler.expression.values.index, dtype=float)
        frame = _rows(name, measured.method, empty, found, total)
        frame = frame.assign(primary=True, status="not measurable", reason=reasons)
        return frame, {**summary, "status": "not measurable", "reason": reasons}
    frames = [_rows(name, measured.method, measured.score, found, total, measured.raised)]
    adjusted, note = _adjusted(node, measured.score, ruler)
    if adjusted is not None:
        method = f"{measured.method}, adjusted for {', '.join(node.adjust_for)}"
        frames.append(_rows(name, method, adjusted, found, total, measured.raised))
    chosen = frames[-1] if node.primary == "adjusted" and adjusted is not None else frames[0]
    for frame in frames:
        frame["primary"] = frame is chosen
    error = draw_scores(
        measured.measure, node, chosen is not frames[0], ruler, resampled_weights,
        settings.bootstrap,
    ).std(axis=0)  # fmt: skip
    chosen["z_error"] = np.where(chosen["score"].notna(), error, np.nan)
    frames += _second_opinions(name, node, ruler, seed)
    frame = pd.concat(frames, ignore_index=True).assign(status="measured", reason=note)
    summary["measure"] = chosen["method"].iloc[0]
    return frame, {**summary, "status": "measured", "reason": note}


def first_measurable(node: Node, ruler: Ruler, settings: Scoring) -> tuple[Measured, str]:
    """Take the first measure of RNA that the samples can feed, or say why there is none."""
    plan, reason = first_planned(node, ruler, len(ruler.expression.values), settings)
    return (plan, reason) if reason else (ruler.measure(plan.measure), "")


def first_planned(
    node: Node, ruler: Ruler, samples: int, settings: Scoring
) -> tuple[Measured, str]:
    """The first measure of RNA that a number of samples can feed, or why there is none.

    Nothing is computed: of the ruler only the names of the expressed genes are used.
    """
    rna = [measure for measure in node.measures if measure.kind != "assay"]
    if samples < settings.min_samples or not rna:
        if not rna:
            reason = "measured by an assay only"
        else:
            reason = f"{samples} samples of tissue {node.tissue}, {settings.min_samples} needed"
        return Measured("none", 0, 0), reason
    plans = [ruler.plan(measure) for measure in rna]
    fed = next((plan for plan in plans if not plan.reason), None)
    return (fed, "") if fed else (plans[-1], "; ".join(plan.reason for plan in plans))


def _adjusted(node: Node, score: pd.Series, ruler: Ruler) -> tuple[pd.Series | None, str]:
    if not node.adjust_for:
        return None, ""
    lacking = [name for name in node.adjust_for if ruler.coverage([name])[2]]
    if lacking:
        return None, f"not adjusted: too few genes of {', '.join(lacking)}"
    if len(score) < len(node.adjust_for) + 1 + SAMPLES_BEYOND_COVARIATES:
        return None, f"not adjusted: {len(score)} samples for {len(node.adjust_for)} covariates"
    without = adjusting(ruler.expression, [ruler.sets[name] for name in node.adjust_for])
    return pd.Series(without @ score.to_numpy(), index=score.index), ""


def _second_opinions(name: str, node: Node, ruler: Ruler, seed: int) -> list[pd.DataFrame]:
    frames = []
    for opinion in node.second_opinions:
        gene_set = ruler.sets[opinion.set]
        found, total, reason = ruler.coverage([opinion.set])
        if reason:
            continue
        if opinion.method == "ulm":
            score = linear_model(ruler.expression, [gene_set])[opinion.set]
            method = f"univariate linear model on {opinion.set}"
        else:
            score = single_sample_enrichment(ruler.expression, [gene_set], seed)[opinion.set]
            method = f"ssGSEA of {opinion.set}"
        frames.append(_rows(name, method, score, found, total).assign(primary=False))
    return frames


def _rows(
    node: str,
    method: str,
    score: pd.Series,
    found: int,
    total: int,
    raised: pd.Series | None = None,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "node": node,
            "sample": score.index,
            "method": method,
            "score": score.to_numpy(),
            "z": standardize(score).to_numpy(),
            "z_error": np.nan,
            "genes_found": found,
            "genes_total": total,
            "raised": pd.array(raised if raised is not None else [None] * len(score), "boolean"),
        }
    )
