"""What differs from the run before: what went in, and which results moved.

Each run records its key results beside its inputs, so that the next one can be compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from innervate.runtime.contract import Column, Table, columns

CHANGES = Table(
    "changes",
    "provenance/changes.tsv",
    "a difference from the previous run of the cohort",
    (
        Column("kind", "text", "input file, setting, version, edge, key number, ...", True),
        *columns("text", name="which one", before="in the previous run", after="in this run"),
    ),
)

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
HIDDEN = "cohort"
"""Whose values are a user's free text: that they changed is shown, not what they say."""


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
