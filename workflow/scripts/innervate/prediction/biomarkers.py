"""Which markers identify patients whose circuit is active, at cuts that are declared beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from innervate.config.circuit import Circuit, Node
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical
from innervate.genes.sets import GeneSet
from innervate.inputs.clinical.pain import instruments
from innervate.runtime.errors import Problem
from innervate.statistics.association_models import Row
from innervate.statistics.conventions import CONFIDENCE

MODERATE_PAIN = 4.0
"""From where pain of 0 to 10 counts as moderate or worse."""

ROUNDING = 1e-6
"""Slack of a cut, as tables hold eight significant digits."""

NEAR = 1e-9
"""Distance from 0 and 1, where the variance of an area is 0, at which an interval is sought."""

MEASURES = (
    "sensitivity",
    "specificity",
    "positive_predictive_value",
    "negative_predictive_value",
    "auc",
)
COLUMNS = [
    *("marker", "score", "cut", "direction", "n", "n_active", "prevalence"),
    *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")),
    *("reference", "note"),
]


SIDES = {1: "above", -1: "below", 0: ""}
"""Where patients with an active circuit are expected, by the sign of a node."""

UNDIRECTED = (
    "no direction: the circuit file does not say whether the node is high or low where the circuit "
    "is active (toward, to_response)"
)


class _Marker(NamedTuple):
    name: str
    score: str
    cut: float
    direction: str


def identify(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    clinical: ClinicalTable,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Clinical,
) -> pd.DataFrame:
    """Judge markers by the circuit index that is left without them.

    The index is made of nodes, so that each of them would agree with it by arithmetic. A marker is
    therefore judged by the index of the other nodes: without the marker's own node, and without
    any that shares a gene with it in the same tissue or comes from the same clinical column. A
    patient is active where that index exceeds ``settings.active_above``. This is agreement within
    the circuit; it validates no marker against anything outside of it.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`: ``node, control, status, measure, reason``.
    clinical
        Declares markers and cuts; by default all measured nodes at z = 0, and the first pain
        intensity at 4 of 10.
    circuit
        Signs of the index.
    sets
        Human gene sets by name.
    settings
        Threshold of the reference index, and smallest number of patients.

    Returns
    -------
    DataFrame
        Contract ``biomarkers``; what can't be judged is a row with the reason.
    """
    by_node = nodes.set_index("node")
    origins = {
        name: _origins(name, node, by_node["measure"].get(name), clinical, circuit, sets)
        for name, node in circuit.everything().items()
    }
    declared = [
        _Marker(name, one.score, one.cut, one.direction)
        for name, one in clinical.biomarkers.items()
    ]
    rows = []
    for marker in declared or _default_markers(by_node, clinical, circuit):
        own = origins.get(marker.score, _columns(marker.score, clinical))
        reference = [
            name
            for name, node in circuit.nodes.items()
            if node.toward
            and name != marker.score
            and not origins[name] & own
            and by_node["status"].get(name) == "measured"
        ]
        rows.append(_row(joined, marker, reference, circuit, settings))
    return pd.DataFrame(rows, columns=COLUMNS)


def unknown_scores(clinical: ClinicalTable, circuit: Circuit, cohort_file: str) -> list[Problem]:
    """Declared markers whose score is nothing that the cohort or the circuit has.

    Parameters
    ----------
    clinical
        Declares markers.
    circuit
        Has the nodes.
    cohort_file
        Name to show in problems.
    """
    numbers = [name for name, one in clinical.covariates.items() if one.kind == "continuous"]
    known = {*circuit.everything(), *numbers, *(f"assay_{name}" for name in clinical.assays)}
    known |= {f"pain_{name}_0_10" for name in _intensities(clinical)}
    expected = (
        "a node or control of the circuit, pain_NAME_0_10 of an intensity, assay_NAME or a "
        "continuous covariate"
    )
    return [
        Problem(cohort_file, f"clinical.biomarkers.{name}.score", marker.score, expected)
        for name, marker in clinical.biomarkers.items()
        if marker.score not in known
    ]


def _intensities(clinical: ClinicalTable) -> list[str]:
    known = instruments()
    return [
        name
        for name, pain in clinical.pain.items()
        if pain.instrument in known and known[pain.instrument].measures == "intensity"
    ]


def _default_markers(
    by_node: pd.DataFrame, clinical: ClinicalTable, circuit: Circuit
) -> list[_Marker]:
    markers = [
        _Marker("pain", f"pain_{name}_0_10", MODERATE_PAIN, "above")
        for name in _intensities(clinical)[:1]
    ]
    for name in circuit.nodes:
        if by_node["status"].get(name) == "measured":
            markers.append(_Marker(name, name, 0.0, SIDES[circuit.activity_sign(name)]))
    return markers


def _origins(
    name: str,
    node: Node,
    measure: str | float | None,
    clinical: ClinicalTable,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
) -> set[tuple[str, str]]:
    """What a node is measured from: clinical columns, or genes of a tissue."""
    if str(measure).startswith("assay "):
        return _columns(f"assay_{str(measure).removeprefix('assay ')}", clinical)
    without = circuit.partner_genes(name) if name in circuit.nodes else frozenset()
    measured_by = node.model_copy(update={"adjust_for": [], "second_opinions": [], "cells": None})
    genes = node.genes().union(
        *(set(sets[key].genes) - without for key in measured_by.sets() if key in sets)
    )
    return {(node.tissue, gene) for gene in genes}


def _columns(score: str, clinical: ClinicalTable) -> set[tuple[str, str]]:
    """The column of the user's table behind a clinical score."""
    columns = {f"pain_{name}_0_10": pain.column for name, pain in clinical.pain.items()}
    columns |= {f"assay_{name}": assay.column for name, assay in clinical.assays.items()}
    columns |= {name: covariate.column for name, covariate in clinical.covariates.items()}
    return {("clinical table", columns[score])} if score in columns else set()


def _row(
    joined: pd.DataFrame,
    marker: _Marker,
    reference: list[str],
    circuit: Circuit,
    settings: Clinical,
) -> Row:
    row: Row = {"marker": marker.name, **marker._asdict(), "n": 0, "n_active": 0}
    row["reference"] = ";".join(reference)
    if not marker.direction:
        return row | {"note": UNDIRECTED}
    if not reference:
        return row | {"note": "no node of the index is left without the marker's own"}
    if marker.score not in joined:
        return row | {"note": "not measured"}
    # Who has too few nodes for an index at all has no reference either.
    judged = joined[joined["circuit_index"].notna()]
    signs = pd.Series({name: circuit.nodes[name].toward for name in reference})
    index = (judged[reference] * signs).mean(axis=1)
    used = pd.DataFrame({"value": judged[marker.score], "index": index}).dropna()
    active = (used["index"] > settings.active_above).to_numpy()
    row |= {"n": len(used), "n_active": int(active.sum())}
    if len(used) < settings.min_patients:
        return row | {"note": f"{len(used)} patients, {settings.min_patients} needed"}
    return row | judge(used["value"].to_numpy(float), active, marker.cut, marker.direction)


def judge(values: np.ndarray, active: np.ndarray, cut: float, direction: str) -> Row:
    """How a score at a cut agrees with who is active.

    Parameters
    ----------
    values
        Of the marker, by patient.
    active
        True where the patient is active.
    cut
        In the unit of `values`; a value at the cut is positive.
    direction
        ``above`` or ``below``: on which side of the cut patients are positive.

    Returns
    -------
    dict
        Of sensitivity, specificity and predictive values with Wilson's 95 % interval; the area
        under the ROC curve with Newcombe's; prevalence; and ``note``.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Newcombe 2006, doi:10.1002/sim.2324.
    """
    oriented = values - cut if direction == "above" else cut - values
    positive = oriented >= -ROUNDING
    row: Row = {"prevalence": float(active.mean())}
    row |= _share("sensitivity", positive[active])
    row |= _share("specificity", ~positive[~active])
    row |= _share("positive_predictive_value", active[positive])
    row |= _share("negative_predictive_value", ~active[~positive])
    if active.all() or not active.any():
        nothing = dict.fromkeys(("auc", "auc_low", "auc_high"), np.nan)
        who = "all" if active.all() else "none"
        return row | nothing | {"note": f"{who} of the patients active by the reference"}
    auc = stats.mannwhitneyu(oriented[active], oriented[~active]).statistic
    auc = float(auc / (active.sum() * (~active).sum()))
    low, high = auc_interval(auc, int(active.sum()), int((~active).sum()))
    note = "" if positive.any() else "no patient is positive at this cut"
    note = "all patients are positive at this cut" if positive.all() else note
    return row | {"auc": auc, "auc_low": low, "auc_high": high, "note": note}


def _share(name: str, hits: np.ndarray) -> Row:
    from statsmodels.stats.proportion import proportion_confint

    if not len(hits):
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    low, high = proportion_confint(hits.sum(), len(hits), 1 - CONFIDENCE, method="wilson")
    return {name: float(hits.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}


def auc_interval(auc: float, cases: int, controls: int) -> tuple[float, float]:
    """The areas under a ROC curve that the observed one does not contradict (95 %).

    Hanley and McNeil's variance at the area asked for, with the mean of the two group sizes, is
    Newcombe's fifth method. Unlike DeLong's interval, it stays within 0 to 1 and has a width
    where the groups do not overlap.

    Parameters
    ----------
    auc
        Observed.
    cases, controls
        Sizes of the two groups, at least one each.

    References
    ----------
    Newcombe 2006, doi:10.1002/sim.2324; Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747.
    """
    reach = stats.norm.ppf((1 + CONFIDENCE) / 2)
    others = (cases + controls) / 2 - 1

    def beyond(area: float) -> float:
        spread = 1 + others * ((1 - area) / (2 - area) + area / (1 + area))
        variance = area * (1 - area) * spread / (cases * controls)
        return (auc - area) ** 2 - reach**2 * variance

    low = optimize.brentq(beyond, 0.0, min(auc, 1 - NEAR)) if auc > 0 else 0.0
    high = optimize.brentq(beyond, max(auc, NEAR), 1.0) if auc < 1 else 1.0
    return float(low), float(high)
