"""The results of a cohort that a reader would want to know moved from one run to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from innervate.bulk.contracts import DE
from innervate.circuit.contracts import EDGES, PATIENTS
from innervate.clinical.contracts import ASSOCIATIONS
from innervate.inputs.contracts import SAMPLES
from innervate.macrophages.contracts import POLARIZATION
from innervate.runtime.files import read_table

FDR = 0.05
"""False discovery rate at which findings are counted."""


def key_results(folder: str | Path) -> dict[str, dict[str, Any]]:
    """The results that a reader would want to know moved.

    Parameters
    ----------
    folder
        ``results/{cohort}``; tables that the cohort does not have are passed over.

    Returns
    -------
    dict
        ``edges`` (what each edge shows, in words) and ``numbers``, JSON-able.
    """
    folder = Path(folder)
    found: dict[str, dict[str, Any]] = {"edges": {}, "numbers": dict(_numbers(folder))}
    path = folder / "circuit/edges.tsv"
    if path.is_file():
        for row in read_table(path, EDGES).to_dict("records"):
            found["edges"][f"{row['source']} to {row['target']}"] = _edge(row)
    return found


def _edge(row: Mapping[str, Any]) -> str:
    if pd.isna(row["estimate"]):
        return str(row["status"])
    return f"{row['status']}; {row['estimate']:.3f}, FDR {row['fdr']:.2g}, n = {int(row['n'])}"


def _numbers(folder: Path) -> Iterator[tuple[str, Any]]:
    samples = folder / "inputs/samples.tsv"
    if samples.is_file():
        yield "samples", len(read_table(samples, SAMPLES))
    patients = folder / "circuit/patients.tsv"
    if patients.is_file():
        yield "patients", len(read_table(patients, PATIENTS))
    for contract, what in ((PATIENTS, "patients"), (POLARIZATION, "samples")):
        path = folder / contract.path
        if path.is_file():
            calls = read_table(path, contract)["call"].value_counts().sort_index()
            yield from ((f"{what} called {call}", int(n)) for call, n in calls.items())
    for path in sorted(folder.glob("bulk/de/*.tsv")):
        hits = int((read_table(path, DE)["padj"] < FDR).sum())
        yield f"genes at a false discovery rate of {FDR:.0%}, contrast {path.stem}", hits
    path = folder / "clinical/associations.tsv"
    if path.is_file():
        hits = int((read_table(path, ASSOCIATIONS)["fdr"] < FDR).sum())
        yield f"clinical associations at a false discovery rate of {FDR:.0%}", hits
