"""Doses of opioids, on the scale of oral morphine."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from innervate.runtime.files import RESOURCES

PARTS = ";"
NONE = "none"


@cache
def factors() -> dict[tuple[str, str], float]:
    """Milligrams of oral morphine per unit of dose, by opioid and route."""
    frame = pd.read_csv(RESOURCES / "clinical/opioid_factors.tsv", sep="\t")
    return dict(
        zip(zip(frame["opioid"], frame["route"], strict=True), frame["factor"], strict=True)
    )


def morphine_equivalent(drugs: str, doses: str, routes: str) -> float:
    """Oral morphine equivalent of what one patient takes.

    Parameters
    ----------
    drugs
        Opioids, several parted by semicolons; ``none`` is a dose of 0.
    doses
        As many doses: mg a day; of a transdermal patch, micrograms an hour.
    routes
        As many routes.

    Returns
    -------
    float
        Milligrams a day.

    Raises
    ------
    ValueError
        Where the three do not match, a dose is not a number of at least 0, or there is no factor
        for an opioid and route (as for buprenorphine, which the guideline does not convert).

    References
    ----------
    Dowell et al. 2022, CDC Clinical Practice Guideline for Prescribing Opioids for Pain; the
    factors are population averages, no guide to switching drugs.
    """
    names, amounts, ways = (
        [part.strip().lower() for part in cell.split(PARTS)] for cell in (drugs, doses, routes)
    )
    if names == [NONE]:
        return 0.0
    if not len(names) == len(amounts) == len(ways):
        raise ValueError("as many doses and routes as opioids, parted by semicolons")
    total = 0.0
    for name, amount, way in zip(names, amounts, ways, strict=True):
        if (name, way) not in factors():
            known = ", ".join(f"{opioid} ({route})" for opioid, route in factors())
            raise ValueError(f"none, or an opioid and route of: {known}")
        try:
            dose = float(amount)
        except ValueError:
            dose = np.nan
        if not 0 <= dose < np.inf:
            raise ValueError("a dose of at least 0")
        total += dose * factors()[name, way]
    return total
