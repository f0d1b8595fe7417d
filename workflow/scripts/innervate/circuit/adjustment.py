"""Which covariates an edge or a path is adjusted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from innervate.circuit.covariates import ADDS_NOTHING, covariate_matrix
from innervate.circuit.ends import Patients
from innervate.config.circuit import Circuit
from innervate.config.clinical import Covariate

SMALLEST_BATCH = 3
"""Patients below which batches are pooled: an indicator of one or two patients removes them."""

KNOWN = 0.8
"""Share of the patients that must have a covariate, else it is left out and not they."""


@dataclass(frozen=True)
class Adjustment:
    """Covariates of some patients.

    Parameters
    ----------
    matrix
        Patients x linearly independent columns; the patients are those that have every covariate.
    names
        The covariates that it stands for.
    dropped
        Covariates that were left out, for want of patients or of values.
    unadjusted
        Of them those that were declared to confound: by the cohort (``adjust_for``) or by the
        circuit (``composition``).
    notes
        Which were left out, or add nothing, and why.
    """

    matrix: pd.DataFrame
    names: list[str]
    dropped: list[str]
    unadjusted: list[str]
    notes: list[str]


def adjust(
    ends: Sequence[str],
    who: pd.Index,
    size: float,
    patients: Patients,
    circuit: Circuit,
    further: str = "",
) -> Adjustment:
    """Choose the covariates of an edge or path, as the circuit file and the cohort declare them.

    They are, in this order: the cohort's own covariates (``adjust_for``); the circuit's composition
    controls in the tissues of the ends; the assay where an end mixes bulk and single cells; the
    batch of each end's samples. Where patients are too few for all of them, the last are left out.

    Parameters
    ----------
    ends
        Nodes, and outcomes, that are related.
    who
        Patients in whom all ends are known.
    size
        How many of them carry information: fewer than all where an outcome is an event.
    patients, circuit
        The cohort, and its circuit.
    further
        A control to add whatever the number of patients, to see what it explains.
    """
    clinical = _clinical(patients)
    composition, lacking = _composition(ends, patients, circuit, clinical)
    confounders = {**clinical, **composition}
    origins = {**_origins(ends, patients, "assay"), **_origins(ends, patients, "batch")}
    wanted = {**confounders, **origins}
    if further:
        # First, as it is what the analysis is about.
        wanted = {further: _control(patients.values[further]), **wanted}
    notes, names, matrix = list(lacking.values()), [], pd.DataFrame(index=who)
    dropped = list(lacking)
    room = int(size // circuit.evidence.patients_per_covariate) + bool(further)
    declared = {name: covariate for name, (_, covariate) in wanted.items()}
    frame = pd.DataFrame({name: values.reindex(who) for name, (values, _) in wanted.items()})
    for name in wanted:
        known = frame[name].notna().mean() if len(who) else 0.0
        if known < KNOWN:
            dropped.append(name)
            notes.append(f"{name} left out: {known:.0%} of the patients have it")
            continue
        tried = frame[[*names, name]].dropna()
        wider, idle = covariate_matrix(_pooled(tried), [*names, name], declared)
        if name in idle:
            notes.append(f"{name} {ADDS_NOTHING}")
        elif wider.shape[1] > room:
            dropped.append(name)
            notes.append(f"{name} left out: {size:.0f} patients or events allow no more covariates")
        else:
            names, matrix = [*names, name], wider
    unadjusted = [name for name in dropped if name in confounders or name in lacking]
    return Adjustment(matrix, names, dropped, unadjusted, notes)


Wanted = dict[str, tuple[pd.Series, Covariate]]


def _control(values: pd.Series) -> tuple[pd.Series, Covariate]:
    return values, Covariate(column=str(values.name), kind="continuous")


def _composition(
    ends: Sequence[str], patients: Patients, circuit: Circuit, clinical: Wanted
) -> tuple[Wanted, dict[str, str]]:
    """Composition controls of the ends' tissues; and those that RNA lacks there, with the reason.

    What an assay measures, such as a stain, does not hang on the mixture of cells in the RNA. A
    covariate of the cohort with a control's name, such as a pathologist's purity, is taken for it.
    """
    nodes = [end for end in ends if end in circuit.nodes]
    tissues = {circuit.nodes[end].tissue for end in nodes}
    by_rna = {circuit.nodes[end].tissue for end in nodes if patients.by_rna(end)}
    found: Wanted = {}
    lacking = {}
    for name in circuit.evidence.composition:
        if name in clinical:
            continue
        tissue = circuit.controls[name].tissue
        if tissue in tissues and patients.measurable(name):
            found[name] = _control(patients.values[name])
        elif tissue in by_rna:
            lacking[name] = f"{name} left out: not measurable"
    return found, lacking


def _clinical(patients: Patients) -> Wanted:
    if patients.spec is None:
        return {}
    declared = patients.spec.covariates
    return {name: (patients.clinical[name], declared[name]) for name in patients.spec.adjust_for}


def _origins(ends: Sequence[str], patients: Patients, what: str) -> Wanted:
    """Batch or assay of the samples behind each end; ends that share it give it once."""
    found: Wanted = {}
    for end in ends:
        rows = patients.origin[patients.origin["node"] == end].set_index("patient")[what]
        values = rows.reindex(patients.values.index)
        if values.nunique() < 2 or any(values.equals(other) for other, _ in found.values()):
            continue
        name = f"{what} of {end}"
        found[name] = (values.rename(name), Covariate(column=name, kind="categorical"))
    return found


def _pooled(frame: pd.DataFrame) -> pd.DataFrame:
    """Rare levels of batches and assays as one."""
    frame = frame.copy()
    for name in frame.columns:
        if name.startswith(("batch of ", "assay of ")):
            count = frame[name].map(frame[name].value_counts())
            frame[name] = frame[name].where(count >= SMALLEST_BATCH, "few")
    return frame
