"""Bulk and single-cell scores of a cohort, side by side, with one of them to stand for a node."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from innervate.scoring.nodes import Scored

BULK = "bulk"


def combine(bulk: Scored | None, cells: Scored | None) -> Scored:
    """Join the scores of both assays.

    For each node the assay that measures more patients stands for it; where both measure as many
    it is the single cells, as they are the more direct. The other stays in the table, not
    primary, and how far the two agree over the patients that have both is a row of the agreement.

    Parameters
    ----------
    bulk, cells
        Scores of either assay, or None where the cohort has none.
    """
    if bulk is None or cells is None:
        return bulk or cells
    primary = pd.concat([bulk.scores, cells.scores], ignore_index=True)
    measured = primary[primary["primary"] & primary["score"].notna()]
    is_bulk = measured["compartment"] == BULK
    patients = measured.groupby(["node", is_bulk])["patient"].nunique().unstack(fill_value=0)
    patients = patients.reindex(columns=[True, False], fill_value=0)
    use_cells = set(patients.index[(patients[False] >= patients[True]) & (patients[False] > 0)])
    from_bulk = primary["compartment"] == BULK
    wanted = primary["node"].isin(use_cells) != from_bulk
    primary["primary"] &= wanted
    nodes = bulk.nodes.set_index("node")
    other = cells.nodes.set_index("node")
    chosen = [name for name in nodes.index if name in use_cells]
    nodes.loc[chosen] = other.loc[chosen, nodes.columns]
    both = pd.concat([bulk.agreement, cells.agreement, _between(bulk, cells)], ignore_index=True)
    return Scored(primary, nodes.reset_index(), both)


def _between(bulk: Scored, cells: Scored) -> pd.DataFrame:
    wide = [
        one.scores[one.scores["primary"]].pivot_table(
            index="patient", columns="node", values="score", aggfunc="mean"
        )
        for one in (bulk, cells)
    ]
    rows = []
    for node in wide[0].columns.intersection(wide[1].columns, sort=False):
        pair = pd.concat([wide[0][node], wide[1][node]], axis=1, keys=["bulk", "cells"]).dropna()
        rho = stats.spearmanr(pair["bulk"], pair["cells"]).statistic if len(pair) > 2 else None
        rows.append((node, "bulk", "single cells", len(pair), rho))
    return pd.DataFrame(rows, columns=["node", "method", "other_method", "n", "spearman"])
