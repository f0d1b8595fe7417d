"""Random gene sets in the place of a node, for the patients of an edge."""

from __future__ import annotations

from functools import cache

import pandas as pd

from innervate.circuit.edges import Background, RandomScores
from innervate.circuit.ends import Patients
from innervate.scoring.backgrounds import Backgrounds, by_patient


def backgrounds_of(
    patients: Patients, scores: pd.DataFrame, backgrounds: Backgrounds
) -> Background:
    """Return the random scores of each node in the assay that measures most of an edge's patients.

    Parameters
    ----------
    patients
        For the assay behind each of their values.
    scores
        Of the samples that stand for their patients, one row for each that stands for a node.
    backgrounds
        Makes random scores by sample.
    """

    @cache
    def random(name: str, assay: str) -> pd.DataFrame | None:
        rows = scores[(scores["node"] == name) & (scores["assay"] == assay)]
        return backgrounds.random_scores(name, assay, rows["method"].iloc[0])

    def background(name: str, who: pd.Index) -> RandomScores | None:
        origin = patients.origin[patients.origin["node"] == name].set_index("patient")["assay"]
        origin = origin.reindex(who)
        pure = origin[origin.isin(["bulk", "single cells"])]
        if pure.empty:
            return None
        assay = pure.mode().iloc[0]
        drawn = random(name, assay)
        if drawn is None:
            return None
        measured = pure.index[pure == assay]
        rows = scores[(scores["node"] == name) & (scores["assay"] == assay)]
        rows = rows[rows["patient"].isin(measured)].set_index("sample")
        own = rows.groupby("patient")["z"].mean()[measured].to_numpy()
        return RandomScores(measured, own, by_patient(drawn, rows["patient"], measured))

    return background
