"""Patients: the table of all, the view of one, and the nodes by clinical group.

No clinical value of a patient stands on the page. Pain, response and stage are shown only as means
of node scores over groups of patients; see `innervate.report.groups` for which groups.
"""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block, PatientView
from innervate.report.context import Context
from innervate.report.figures.groups import heat_map
from innervate.report.figures.patients import circuit_index
from innervate.report.groups import by_group, groupings, smallest_group
from innervate.report.text import listed, plain

SAME_SCORE = 1e-6
"""Difference up to which a patient's value is the score of their one sample."""
INDEX = ("circuit_index", "circuit_index_low", "circuit_index_high")


def patients(context: Context) -> list[Block]:
    """The circuit index and call of each patient, and each patient's nodes."""
    frame = context.results.patients
    if frame is None or frame.empty:
        return ["No circuit index was computed for this cohort."]
    place = {patient: i for i, patient in enumerate(context.patient_order)}
    frame = frame.sort_values("patient", key=lambda column: column.map(place), kind="stable")
    known = [name for name in context.names if name in frame]
    errors = _errors(context, known)
    frame = frame.assign(
        reason=frame.get("reason", ""),
        **{f"error_{name}": frame["patient"].map(errors[name]) for name in errors},
    )
    columns = [
        t.text("patient", "Patient"),
        t.estimate(*INDEX, "Circuit index (95% interval)"),
        t.text("call", "Call"),
        *(t.decimal(name, context.names[name]) for name in known if name in context.circuit.nodes),
    ]
    caption = (
        "Each patient's circuit index, call and node scores (z), the highest index first; choose a "
        "patient for all nodes and controls with their intervals."
    )
    also = ["reason", *(name for name in known if name in context.circuit.controls)]
    also += [f"error_{name}" for name in errors]
    table = t.big_table(frame, columns, caption, "circuit/patients.tsv", "patients", also)
    blocks: list[Block] = [table, PatientView({"nodes": _nodes(context, known, errors)})]
    return [circuit_index(frame), *blocks] if frame["circuit_index"].notna().any() else blocks


def _errors(context: Context, known: list[str]) -> dict[str, pd.Series]:
    """Standard error of each node's z by patient, where the patient's z is one sample's score."""
    scores, patients = context.results.scores, context.results.patients
    if scores is None or "z_error" not in scores or "primary" not in scores:
        return {}
    primary = scores[scores["primary"].astype(bool)]
    primary = primary[~primary.duplicated(["node", "patient"], keep=False)]
    found = {}
    for name in known:
        mine = primary[primary["node"] == name].set_index("patient")
        own = patients.set_index("patient")[name].astype(float).reindex(mine.index)
        error = mine.loc[(mine["z"] - own).abs() < SAME_SCORE, "z_error"].astype(float)
        # A single gene has no genes to draw anew: its error is not 0, it is not known.
        if error.gt(0).any():
            found[name] = error[error > 0]
    return found


def _nodes(context: Context, known: list[str], errors: dict[str, pd.Series]) -> list[dict]:
    everything = context.circuit.everything()
    return [
        {
            "label": plain(context.names[name]),
            "tissue": plain(everything[name].tissue),
            "control": name in context.circuit.controls,
            "column": name,
            "error_column": f"error_{name}" if name in errors else None,
        }
        for name in known
    ]


def groups(context: Context) -> list[Block]:
    """Mean node scores by pain, response and stage, never of a patient alone."""
    smallest = smallest_group(context.settings.clinical)
    found = groupings(context.cohort, context.results.clinical.get("joined"))
    matrix = context.node_matrix.dropna(how="all")
    parts = [by_group(matrix, name, values, smallest) for name, values in found.items()]
    shown = [part for part in parts if part is not None]
    if not found:
        return ["The cohort has no pain category, response or stage to group its patients by."]
    lacking = [plain(name) for name, part in zip(found, parts, strict=True) if part is None]
    blocks: list[Block] = [heat_map(shown, context.names, smallest)] if shown else []
    if lacking:
        blocks.append(
            f"Not shown by {listed(lacking)}: fewer than two groups of {smallest} patients or more."
        )
    return blocks
