"""Edges and associations over cohorts: pooled, and by tumor type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from innervate.statistics.conventions import adjusted_pvalues
from innervate.statistics.meta_analysis import Pooled, pool, pool_groups, without_each

EDGE_KEYS = ["source", "target", "expected_sign", "estimate_type"]
ASSOCIATION_KEYS = ["score", "endpoint", "model", "estimate_type"]
POOLED = [
    *("k", "n", "estimate", "ci_low", "ci_high", "pvalue", "fdr", "tau2", "i2", "q_pvalue"),
    *("prediction_low", "prediction_high", "leave_one_out_low", "leave_one_out_high", "note"),
]
FOREST = [
    *("kind", "name", "cohort", "tumor_type", "n", "estimate", "ci_low", "ci_high", "weight"),
    *("estimate_without", "ci_without_low", "ci_without_high"),
]
MODERATORS = [
    *("source", "target", "tumor_type", "k", "n", "estimate", "ci_low", "ci_high"),
    *("q_between", "q_between_pvalue"),
]
FISHER = ("partial_spearman", "spearman_rho")
RATIO = ("hazard_ratio_per_sd", "odds_ratio_per_sd")


@dataclass(frozen=True)
class Synthesis:
    """What cohorts say together.

    Parameters
    ----------
    edges, associations
        Contracts ``synthesis_edges`` and ``synthesis_associations``.
    forest
        One row a cohort of each: what a forest plot draws.
    moderators
        Edges by tumor type.
    """

    edges: pd.DataFrame
    associations: pd.DataFrame
    forest: pd.DataFrame
    moderators: pd.DataFrame


def synthesize(
    edges: Mapping[str, pd.DataFrame],
    associations: Mapping[str, pd.DataFrame],
    tumor_types: Mapping[str, str],
) -> Synthesis:
    """Pool each edge and each association over the cohorts that estimate it.

    Parameters
    ----------
    edges, associations
        Contracts of those names, by cohort.
    tumor_types
        By cohort; may be empty text.
    """
    every_edge = _stacked(edges, tumor_types)
    # An edge that a cohort can't measure has no type of estimate: it stays with the others.
    known = every_edge.loc[every_edge["estimate_type"].ne("")].drop_duplicates(["source", "target"])
    types = known.set_index(["source", "target"])["estimate_type"]
    keys = pd.MultiIndex.from_frame(every_edge[["source", "target"]])
    blank = every_edge["estimate_type"].eq("")
    every_edge.loc[blank, "estimate_type"] = types.reindex(keys[blank]).fillna("").to_numpy()
    every_association = _stacked(associations, tumor_types)
    names = every_edge["source"] + " > " + every_edge["target"]
    pooled_edges, forest_edges = _pooled(every_edge.assign(name=names, kind="edge"), EDGE_KEYS)
    pooled, forest = pd.DataFrame(columns=[*ASSOCIATION_KEYS, *POOLED]), forest_edges
    if len(every_association):
        parts = [every_association[key] for key in ("score", "endpoint", "model")]
        names = parts[0] + ", " + parts[1] + ", " + parts[2]
        stacked = every_association.assign(name=names, kind="association")
        pooled, more = _pooled(stacked, ASSOCIATION_KEYS)
        # Covariates of an association are part of what it is, by its model.
        pooled = pooled.drop(columns="k_unadjusted")
        forest = pd.concat([forest_edges, more], ignore_index=True)
    pooled_edges["fdr"] = adjusted_pvalues(pooled_edges["pvalue"])
    families = pooled.groupby(["endpoint", "model"], sort=False)["pvalue"]
    pooled["fdr"] = families.transform(adjusted_pvalues) if len(pooled) else np.nan
    return Synthesis(pooled_edges, pooled, forest, _moderators(every_edge))


def _stacked(tables: Mapping[str, pd.DataFrame], tumor_types: Mapping[str, str]) -> pd.DataFrame:
    """All cohorts' rows with effect and standard error on the scale that is pooled."""
    parts = [
        table.assign(cohort=name, tumor_type=tumor_types[name]) for name, table in tables.items()
    ]
    if not parts:
        return pd.DataFrame()
    frame = pd.concat(parts, ignore_index=True)
    frame["estimate_type"] = frame["estimate_type"].fillna("")
    frame["unadjusted_for"] = frame.get("unadjusted_for", pd.Series("", frame.index)).fillna("")
    number = {key: frame[key].astype(float) for key in ("estimate", "ci_low", "ci_high")}
    pooled = {key: _scaled(values, frame["estimate_type"]) for key, values in number.items()}
    frame["effect"] = pooled["estimate"]
    frame["error"] = (pooled["ci_high"] - pooled["ci_low"]) / (2 * stats.norm.ppf(0.975))
    return frame


def _scaled(values: pd.Series, types: pd.Series) -> pd.Series:
    fisher = np.arctanh(values.clip(-1 + 1e-9, 1 - 1e-9).where(types.isin(FISHER)))
    ratio = np.log(values.where(types.isin(RATIO)))
    return values.mask(types.isin(FISHER), fisher).mask(types.isin(RATIO), ratio)


def _back(value: float, kind: str) -> float:
    if kind in FISHER:
        return float(np.tanh(value))
    return float(np.exp(value)) if kind in RATIO else float(value)


def _usable(group: pd.DataFrame) -> pd.DataFrame:
    return group[np.isfinite(group[["effect", "error"]]).all(axis=1) & (group["error"] > 0)]


def _pooled(frame: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, forest = [], []
    for key, group in frame.groupby(keys, sort=False):
        used = _usable(group)
        row = dict(zip(keys, key, strict=True)) | dict.fromkeys(POOLED, np.nan)
        row |= {"k": len(used), "n": int(used["n"].sum()), "note": ""}
        row["k_unadjusted"] = int(used["unadjusted_for"].ne("").sum())
        if len(used):
            effects, errors = used["effect"].to_numpy(float), used["error"].to_numpy(float)
            found, without = pool(effects, errors), without_each(effects, errors)
            row |= _row(found, without, key[-1])
            if len(used) == 1:
                # Its own interval may be a bootstrap's, which is not symmetric, its p exact.
                row |= used.iloc[0][["ci_low", "ci_high", "pvalue"]].to_dict()
            forest.append(_forest(used, found, without, key[-1]))
        else:
            row["note"] = "no cohort estimates it"
        rows.append(row)
    table = pd.DataFrame(rows, columns=[*keys, *POOLED, "k_unadjusted"])
    drawn = pd.concat(forest, ignore_index=True) if forest else pd.DataFrame(columns=FOREST)
    return table, drawn


def _row(found: Pooled, without: list[Pooled], kind: str) -> dict:
    numbers = {
        "estimate": found.estimate,
        "ci_low": found.low,
        "ci_high": found.high,
        "prediction_low": found.prediction[0],
        "prediction_high": found.prediction[1],
        "leave_one_out_low": min((one.estimate for one in without), default=np.nan),
        "leave_one_out_high": max((one.estimate for one in without), default=np.nan),
    }
    row = {name: _back(value, kind) for name, value in numbers.items()}
    row |= {"pvalue": found.pvalue, "tau2": found.tau2, "i2": found.i2, "q_pvalue": found.q_pvalue}
    return row | {"note": "one cohort: nothing is pooled" if found.k == 1 else ""}


def _forest(used: pd.DataFrame, found: Pooled, without: list[Pooled], kind: str) -> pd.DataFrame:
    frame = used[FOREST[:8]].copy()
    frame["weight"] = found.weights
    left = {"estimate_without": "estimate", "ci_without_low": "low", "ci_without_high": "high"}
    for name, part in left.items():
        values = [_back(getattr(one, part), kind) for one in without]
        frame[name] = values or [np.nan] * len(frame)
    return frame[FOREST]


def _moderators(edges: pd.DataFrame) -> pd.DataFrame:
    """Each edge by tumor type, of the cohorts that declare one."""
    rows = []
    for key, group in edges[edges["tumor_type"].ne("")].groupby(EDGE_KEYS, sort=False):
        used = _usable(group)
        if used.empty:
            continue
        kinds = dict(list(used.groupby("tumor_type", sort=False)))
        effects = [one["effect"].to_numpy(float) for one in kinds.values()]
        errors = [one["error"].to_numpy(float) for one in kinds.values()]
        groups, test = pool_groups(effects, errors)
        for (kind, one), found in zip(kinds.items(), groups, strict=True):
            row = {"source": key[0], "target": key[1], "tumor_type": kind, "k": found.k}
            row |= {"n": int(one["n"].sum()), "estimate": _back(found.estimate, key[-1])}
            row |= {"ci_low": _back(found.low, key[-1]), "ci_high": _back(found.high, key[-1])}
            rows.append(row | {"q_between": test.q, "q_between_pvalue": test.pvalue})
    return pd.DataFrame(rows, columns=MODERATORS)
