"""One row a patient: its nodes, a circuit index with its interval, and a call.

A patient is who has a sample of a tissue that the circuit measures, or a node measured by an assay,
which was made in such a tissue. The rest of a clinical table, perhaps of a whole registry, is left
out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.circuit.contracts import PATIENTS
from innervate.config.circuit import Circuit
from innervate.config.settings import Scoring
from innervate.runtime.contract import EXCLUSIONS
from innervate.scoring.expression import standardize

ASSAY = "assay_"
"""Prefix of assay columns in the clinical table as read."""

NOT_MEASURED = "not measured"
"""The call of a patient in whom no node was measured."""
STAGE = "circuit patients"
"""The stage in the table of exclusions."""
NO_SAMPLE = "in the clinical table, but no sample of the circuit's tissues and no assay of a node"
OTHER_TISSUE = "samples, but none of the circuit's tissues"
NO_SCORE = "no sample with a score of a node"
"""Why someone is not a patient of the circuit, or one without a call."""


def score_patients(
    scores: pd.DataFrame,
    nodes: pd.DataFrame,
    samples: pd.DataFrame,
    clinical: pd.DataFrame | None,
    circuit: Circuit,
    settings: Scoring,
    seed: int,
    baseline: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Summarize the nodes by patient.

    A node is taken from its first measure that the cohort can feed, so an assay that is declared
    in the clinical table goes before its RNA proxy. Several samples of a patient, tissue and
    timepoint are averaged. The interval of the circuit index is that of drawing the nodes anew,
    and with each of them the genes that it is measured by. A node that a patient lacks is left
    out of the index and widens its interval; it never counts as zero. A patient in whom
    no node was measured is called "not measured".

    Parameters
    ----------
    scores, nodes
        Of `innervate.scoring.nodes.score_nodes`.
    samples
        Contract ``samples``.
    clinical
        Of `innervate.inputs.clinical.table.read_clinical`, or None.
    circuit
        Which nodes enter the index with which sign, and the rules of the call.
    settings
        Bootstrap draws.
    seed
        Of the bootstrap.
    baseline
        Timepoint that stands for the patient.

    Returns
    -------
    tuple
        Contract ``patients``, with ``reason``; and the nodes with the measure that patients have.
    """
    chosen = samples if baseline is None else samples[samples["timepoint"] == baseline]
    primary = scores[scores["primary"] & scores["sample"].isin(chosen["sample"])]
    sampled = sampled_patients(samples, circuit)
    everyone = sorted({*sampled, *([] if clinical is None else clinical["patient"])})
    shape = {"index": everyone, "columns": list(circuit.everything())}
    wide = primary.pivot_table("z", "patient", "node").reindex(**shape)
    error = primary.pivot_table("z_error", "patient", "node", _error_of_mean).reindex(**shape)
    nodes = nodes.copy()
    if clinical is not None:
        wide, nodes = _prefer_assays(wide, nodes, clinical.set_index("patient"), circuit)
    wide = wide[wide.index.isin(sampled) | wide.notna().any(axis=1)]
    error = error.loc[wide.index]
    z = wide.apply(standardize)
    # An assay is not a draw of genes.
    by_assay = nodes.loc[nodes["measure"].str.startswith("assay "), "node"]
    error = (error / wide.std()).fillna(0.0)
    error[by_assay] = 0.0
    index = _index(z, error, circuit, settings.bootstrap, seed)
    unmeasured = z[list(circuit.nodes)].isna().all(axis=1)
    seen = unmeasured.index.isin(chosen["patient"])
    index.loc[unmeasured, "call"] = NOT_MEASURED
    index.loc[unmeasured & seen, "reason"] = NO_SCORE
    index.loc[unmeasured & ~seen, "reason"] = f"no sample of timepoint {baseline}"
    patients = pd.concat([index, z], axis=1).rename_axis("patient").reset_index()
    return patients, nodes


def sampled_patients(samples: pd.DataFrame, circuit: Circuit) -> set[str]:
    """Patients with a sample of a tissue that the circuit measures.

    Parameters
    ----------
    samples
        Contract ``samples``.
    circuit
        Its nodes and controls have tissues.
    """
    tissues = {node.tissue for node in circuit.everything().values()}
    return set(samples.loc[samples["tissue"].isin(tissues), "patient"])


def left_out(
    patients: pd.DataFrame, samples: pd.DataFrame, clinical: pd.DataFrame | None
) -> pd.DataFrame:
    """Whom the circuit knows nothing of, and why.

    Parameters
    ----------
    patients
        Of `score_patients`.
    samples
        Contract ``samples``.
    clinical
        Of `innervate.inputs.clinical.table.read_clinical`, or None.

    Returns
    -------
    DataFrame
        Contract ``exclusions``: a row for each patient without a measured node, and for each person
        of the sheet and of the clinical table who is not a patient of the circuit.
    """
    known, sampled = set(patients["patient"]), set(samples["patient"])
    unmeasured = patients[patients["call"] == NOT_MEASURED]
    reasons = dict(zip(unmeasured["patient"], unmeasured["reason"], strict=True))
    reasons |= dict.fromkeys(sorted(sampled - known), OTHER_TISSUE)
    registry = set() if clinical is None else set(clinical["patient"])
    reasons |= dict.fromkeys(sorted(registry - known - sampled), NO_SAMPLE)
    rows = [("patient", code, STAGE, reason) for code, reason in reasons.items()]
    return pd.DataFrame(rows, columns=EXCLUSIONS.names)


def _error_of_mean(errors: pd.Series) -> float:
    return float(np.sqrt((errors**2).sum()) / len(errors))


def _prefer_assays(
    wide: pd.DataFrame, nodes: pd.DataFrame, clinical: pd.DataFrame, circuit: Circuit
) -> tuple[pd.DataFrame, pd.DataFrame]:
    nodes = nodes.set_index("node")
    for name, node in circuit.everything().items():
        for measure in node.measures:
            if measure.kind != "assay":
                if nodes.loc[name, "status"] == "measured":
                    break
                continue
            column = f"{ASSAY}{measure.assay}"
            if column in clinical.columns and clinical[column].notna().any():
                values = pd.to_numeric(clinical[column])
                wide[name] = values.groupby(level=0).first().reindex(wide.index)
                nodes.loc[name, ["status", "measure", "reason"]] = [
                    "measured",
                    f"assay {measure.assay}",
                    "",
                ]
                nodes.loc[name, ["genes_found", "genes_total"]] = 0
                break
    return wide, nodes.reset_index()


def _index(
    z: pd.DataFrame, error: pd.DataFrame, circuit: Circuit, draws: int, seed: int
) -> pd.DataFrame:
    signs = {name: node.toward for name, node in circuit.nodes.items() if node.toward}
    signed = z[list(signs)] * pd.Series(signs)
    rows = [
        _patient(values, error.loc[name], circuit, draws, np.random.default_rng([seed, number]))
        for number, (name, values) in enumerate(signed.iterrows())
    ]
    # Named, as a cohort of another tissue, such as blood, has no patient of the circuit at all.
    return pd.DataFrame(rows, index=z.index, columns=[*PATIENTS.names[1:], "reason"])


def _patient(
    signed: pd.Series,
    error: pd.Series,
    circuit: Circuit,
    draws: int,
    generator: np.random.Generator,
) -> dict[str, object]:
    rules = circuit.call
    measured = signed.dropna()
    row: dict[str, object] = dict.fromkeys(
        ("circuit_index", "circuit_index_low", "circuit_index_high"), np.nan
    )
    row |= {"call": "uncertain", "nodes_measured": ";".join(measured.index), "reason": ""}
    if len(measured) < rules.minimum_nodes:
        nodes = "node" if len(measured) == 1 else "nodes"
        row["reason"] = f"{len(measured)} {nodes} measured, {rules.minimum_nodes} needed"
        return row
    values = measured.to_numpy()
    drawn = generator.integers(len(values), size=(draws, len(values)))
    noise = generator.normal(size=drawn.shape) * error[measured.index].to_numpy()[drawn]
    means = (values[drawn] + noise).mean(axis=1)
    # A mean of few nodes varies less over resamples than over nodes: scale by n / (n - 1), and by
    # the nodes that are lacking.
    centre = values.mean()
    widen = np.sqrt(len(signed) / (len(values) - 1))
    low, high = centre + widen * (np.percentile(means, [2.5, 97.5]) - centre)
    row |= {"circuit_index": centre, "circuit_index_low": low, "circuit_index_high": high}
    if low > rules.active_above:
        row["call"] = "active"
    elif high < rules.inactive_below:
        row["call"] = "inactive"
    return row
