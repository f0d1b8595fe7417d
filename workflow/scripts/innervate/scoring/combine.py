"""Bulk and single-cell scores of a cohort, side by side, each patient used once."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from innervate.scoring.nodes import Scored

BULK = "bulk"
UNIT = ["node", "patient", "timepoint"]


def combine(bulk: Scored | None, cells: Scored | None, min_patients: int) -> Scored:
    """Join the scores of both assays.

    A patient whom both assays measure is used once: by the single cells, which are the more
    direct. The bulk score stays in the table, not primary, and how far the two agree over the
    patients that have both is a row of the agreement. Where a node is measured in cells for some
    patients and in bulk for others, the z of the cells is put on bulk's scale by mean and standard
    deviation over the patients that have both (linear equating; Kolen and Brennan 2014,
    doi:10.1007/978-1-4939-0317-7).

    Parameters
    ----------
    bulk, cells
        Scores of either assay, or None where the cohort has none.
    min_patients
        Patients with both that equating needs; with fewer, each z stays within its assay.

    Returns
    -------
    Scored
        ``measure`` of a node names both assays, with their patients, where it mixes them.
    """
    if bulk is None or cells is None:
        return bulk or cells
    own = {"bulk": _by_unit(bulk), "cells": _by_unit(cells)}
    taken = own["cells"].index
    of_bulk = bulk.scores.copy()
    twice = pd.MultiIndex.from_frame(of_bulk[UNIT]).isin(taken)
    of_bulk["primary"] &= ~twice
    mixed = set(of_bulk.loc[of_bulk["primary"] & of_bulk["score"].notna(), "node"])
    mixed &= set(taken.get_level_values("node"))
    of_cells = cells.scores.copy()
    measured = set(taken.get_level_values("node"))
    # An empty row may not stand for a node that bulk measures.
    of_cells["primary"] &= of_cells["score"].notna() | ~of_cells["node"].isin(
        set(own["bulk"].index.get_level_values("node"))
    )
    for node in sorted(mixed):
        _equate(of_cells, node, own, min_patients)
    scores = pd.concat([of_bulk, of_cells], ignore_index=True)
    agreed = pd.concat([bulk.agreement, cells.agreement, _between(own)], ignore_index=True)
    return Scored(scores, _named(bulk.nodes, cells.nodes, scores, measured, mixed), agreed)


def _by_unit(scored: Scored) -> pd.DataFrame:
    """Primary z, mean over a patient's samples of one timepoint."""
    chosen = scored.scores[scored.scores["primary"] & scored.scores["score"].notna()]
    return chosen.groupby(UNIT)[["score", "z"]].mean()


def _equate(scores: pd.DataFrame, node: str, own: dict[str, pd.DataFrame], needed: int) -> None:
    pair = pd.concat(
        [own[kind].loc[node, "z"] for kind in ("bulk", "cells")], axis=1, keys=["bulk", "cells"]
    ).dropna()
    if len(pair) < needed or pair["cells"].std() == 0:
        return
    rows = (scores["node"] == node) & scores["primary"]
    ratio = pair["bulk"].std() / pair["cells"].std()
    scores.loc[rows, "z"] = (scores.loc[rows, "z"] - pair["cells"].mean()) * ratio + pair[
        "bulk"
    ].mean()
    scores.loc[rows, "z_error"] *= ratio


def _named(
    bulk: pd.DataFrame,
    cells: pd.DataFrame,
    scores: pd.DataFrame,
    in_cells: set[str],
    mixed: set[str],
) -> pd.DataFrame:
    nodes, other = bulk.set_index("node"), cells.set_index("node")
    used = scores[scores["primary"] & scores["score"].notna()]
    patients = used.groupby(["node", used["compartment"] == BULK])["patient"].nunique()
    for name in nodes.index.intersection(sorted(in_cells), sort=False):
        named = other.loc[name, nodes.columns]
        if name in mixed:
            parts = [(other, False), (nodes, True)]
            named["measure"] = "; ".join(
                f"{table.loc[name, 'measure']} ({patients[name, is_bulk]} patients"
                f"{', bulk' if is_bulk else ''})"
                for table, is_bulk in parts
            )
        nodes.loc[name] = named
    return nodes.reset_index()


def _between(own: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    pairs = pd.concat(
        [own["bulk"]["score"], own["cells"]["score"]], axis=1, keys=["bulk", "cells"]
    ).dropna()
    measured = own["bulk"].index.unique("node").intersection(own["cells"].index.unique("node"))
    for node in measured:
        pair = pairs[pairs.index.get_level_values("node") == node]
        rho = stats.spearmanr(pair["bulk"], pair["cells"]).statistic if len(pair) > 2 else None
        rows.append((node, "bulk", "single cells", len(pair), rho))
    return pd.DataFrame(rows, columns=["node", "method", "other_method", "n", "spearman"])
