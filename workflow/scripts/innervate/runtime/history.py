"""What differs from the run before: what went in, and which results moved.

Each run records its key results beside its inputs, so that the next one can be held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from innervate.runtime.files import read_table

KINDS = {
    "inputs": "input file",
    "cohort": "cohort file",
    "settings": "setting",
    "circuit": "circuit",
    "seed": "seed",
    "versions": "version",
    "code": "code",
    "commit": "commit",
    "edges": "edge",
    "numbers": "key number",
}
"""Entries of a run's record, in the order in which a reader wants them, and what one is called."""
FDR = 0.05
"""False discovery rate at which findings are counted."""
HIDDEN = "cohort"
"""Whose values are a user's free text: that they changed is told, not what they say."""


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
        for row in read_table(path, "edges").to_dict("records"):
            found["edges"][f"{row['source']} to {row['target']}"] = _edge(row)
    return found


def _edge(row: Mapping[str, Any]) -> str:
    if pd.isna(row["estimate"]):
        return str(row["status"])
    return f"{row['status']}; {row['estimate']:.3f}, FDR {row['fdr']:.2g}, n = {int(row['n'])}"


def _numbers(folder: Path) -> Iterator[tuple[str, Any]]:
    samples = folder / "inputs/samples.tsv"
    if samples.is_file():
        yield "samples", len(read_table(samples, "samples"))
    patients = folder / "circuit/patients.tsv"
    if patients.is_file():
        yield "patients", len(read_table(patients, "patients"))
    for name, what in (("patients", "patients"), ("polarization", "samples")):
        path = folder / f"circuit/{name}.tsv"
        if path.is_file():
            calls = read_table(path, name)["call"].value_counts().sort_index()
            yield from ((f"{what} called {call}", int(n)) for call, n in calls.items())
    for path in sorted(folder.glob("bulk/de/*.tsv")):
        hits = int((read_table(path, "de")["padj"] < FDR).sum())
        yield f"genes at a false discovery rate of {FDR:.0%}, contrast {path.stem}", hits
    path = folder / "clinical/associations.tsv"
    if path.is_file():
        hits = int((read_table(path, "associations")["fdr"] < FDR).sum())
        yield f"clinical associations at a false discovery rate of {FDR:.0%}", hits


def previous_run(
    former: Mapping[str, Any], kept: Mapping[str, Any], present: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The last run that differs from this one.

    Parameters
    ----------
    former
        The record that this run replaces; empty where there was none.
    kept
        What that record was compared with.
    present
        The record of this run.

    Returns
    -------
    mapping
        `former`, or `kept` where the run was repeated and nothing changed; empty at first.
    """
    return kept if former == present else former


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """What differs between the records of two runs.

    Parameters
    ----------
    before, after
        From `innervate.runtime.provenance.describe_run`, with `key_results`.

    Returns
    -------
    pandas.DataFrame
        Contract ``changes``; none of what `before` does not record at all.
    """
    rows = []
    for key, kind in KINDS.items():
        if key not in before:
            continue
        old, new = (dict(_flat(run.get(key), "")) for run in (before, after))
        for name in [*new, *(name for name in old if name not in new)]:
            if old.get(name) == new.get(name):
                continue
            told = [_told(values, name, key == HIDDEN) for values in (old, new)]
            rows.append((kind, name, *told))
    return pd.DataFrame(rows, columns=["kind", "name", "before", "after"])


def _told(values: Mapping[str, Any], name: str, hidden: bool) -> str:
    if name not in values:
        return "none"
    return "(not shown)" if hidden else str(values[name])


def _flat(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Innermost values by dotted name; lists are values."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif value is not None:
        yield prefix, value
