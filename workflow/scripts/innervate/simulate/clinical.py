"""Clinical data of simulated patients: who they are, what hurts, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.simulate.circuit import CONFOUNDER_SHIFT, PROGRESSION

MISSING = {
    "hpv": 0.03,
    "stage": 0.03,
    "smoking": 0.08,
    "pain_nrs": 0.05,
    "cgrp_ihc": 0.08,
    "nociceptor_density": 0.15,
}
"""Share of patients without a value."""

HPV_LOG_HAZARD = -0.6
STAGE_LOG_HAZARD = 0.25
"""Log hazard ratio of HPV-positive disease, and per stage above I."""

OPIOIDS = (("oxycodone", "oral", 20), ("morphine", "oral", 60), ("fentanyl", "transdermal", 25))
"""Opioid, route, and dose: mg a day; of a patch, micrograms an hour."""

VISITS = (30, 60, 90)
"""Days at which pain is asked again."""

MISSED = 0.15
"""Share of patients who miss a visit."""

HIGH_PAIN = 4
"""NRS from which pain counts as moderate or worse."""


def draw_patients(patients: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw what is known before the tumor is sequenced.

    Parameters
    ----------
    patients
        How many.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        A row a patient: patient, age (years), sex, site, stage, smoking, hpv; nothing missing.
    """
    width = max(3, len(str(patients)))
    sites = ["oral_cavity", "oropharynx", "larynx", "hypopharynx"]
    site = rng.choice(sites, patients, p=[0.45, 0.3, 0.17, 0.08])
    positive = rng.random(patients) < np.where(site == "oropharynx", 0.65, 0.05)
    smoking = rng.choice(["never", "former", "current"], patients, p=[0.25, 0.4, 0.35])
    return pd.DataFrame(
        {
            "patient": [f"P{number:0{width}d}" for number in range(1, patients + 1)],
            "age": np.clip(rng.normal(61, 10, patients), 28, 88).round().astype(int),
            # Both sexes occur at any size and seed: the first two patients see to it.
            "sex": ["female", "male", *rng.choice(["female", "male"], patients - 2, p=[0.3, 0.7])],
            "site": site,
            "stage": rng.choice(["I", "II", "III", "IV"], patients, p=[0.12, 0.2, 0.3, 0.38]),
            "smoking": smoking,
            "hpv": np.where(positive, "positive", "negative"),
        }
    )


def draw_clinical(
    patients: pd.DataFrame, latents: pd.DataFrame, effect: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the clinical table.

    Parameters
    ----------
    patients
        As `draw_patients` gives it.
    latents
        Nodes of the same patients, in the same order.
    effect
        Log hazard ratio of progression and of death per SD of the node that drives them.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        `patients` and: pain_nrs (0 to 10, whole numbers), pain_group, cgrp_ihc (percent of the
        TDLN's area), nociceptor_density (fibers per mm2 of tumor), pfs_days, pfs_event, os_days,
        os_event (1 = event, 0 = censored), icb_response (of those treated); with missing values.
    """
    frame = patients.copy()
    positive = frame["hpv"].eq("positive").to_numpy(float)
    count = len(frame)
    pain = latents["pain"].to_numpy() + CONFOUNDER_SHIFT["pain"] * positive
    nrs = 4.2 + 2.2 * pain + rng.normal(0, 0.6, count)
    frame["pain_nrs"] = pd.array(np.clip(np.round(nrs), 0, 10), dtype="Int64")
    for column, node, typical in (
        ("cgrp_ihc", "cgrp", 2.0),
        ("nociceptor_density", "nociceptor", 6.0),
    ):
        log_value = 0.5 * latents[node].to_numpy() + rng.normal(0, 0.2, count)
        frame[column] = (typical * np.exp(log_value)).round(2)

    driver = latents[PROGRESSION].to_numpy()
    stage = frame["stage"].map({"I": 0, "II": 1, "III": 2, "IV": 3}).to_numpy()
    risk = effect * driver + HPV_LOG_HAZARD * positive + STAGE_LOG_HAZARD * (stage - 2)
    times = _event_times(risk, rng)
    frame = pd.concat([frame, times], axis=1)
    frame["icb_response"] = _response(effect * driver, rng)
    for column, share in MISSING.items():
        frame[column] = frame[column].mask(rng.random(count) < share)
    group = np.where(frame["pain_nrs"].ge(HIGH_PAIN).fillna(False), "high", "low")
    frame["pain_group"] = pd.Series(group).mask(frame["pain_nrs"].isna())
    return frame


def draw_analgesia(latents: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw who takes which opioid: the more it hurts, the likelier.

    Parameters
    ----------
    latents
        Nodes of the patients.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        In the patients' order: opioid (or ``none``), opioid_dose (mg a day; of a patch,
        micrograms an hour) and opioid_route.
    """
    takes = rng.random(len(latents)) < 1 / (1 + np.exp(0.4 - 1.2 * latents["pain"].to_numpy()))
    which = rng.choice(len(OPIOIDS), len(latents), p=[0.5, 0.3, 0.2])
    names, routes, doses = zip(*OPIOIDS, strict=True)
    return pd.DataFrame(
        {
            "opioid": np.where(takes, np.array(names, dtype=object)[which], "none"),
            "opioid_dose": pd.Series(np.array(doses)[which]).where(takes),
            "opioid_route": pd.Series(np.array(routes, dtype=object)[which]).where(takes),
        }
    )


def draw_later_pain(
    table: pd.DataFrame, latents: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw pain at later visits; it rises with the node of pain, and visits are missed.

    Parameters
    ----------
    table
        Of `draw_clinical`.
    latents
        Nodes of the same patients, in the same order.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        patient, day (from baseline), pain_nrs.
    """
    frames = []
    for day in VISITS:
        rise = (0.4 + 0.4 * latents["pain"].to_numpy()) * day / 30 + rng.normal(0, 0.8, len(table))
        nrs = np.clip(np.round(table["pain_nrs"].astype(float) + rise), 0, 10)
        frame = pd.DataFrame({"patient": table["patient"], "day": day, "pain_nrs": nrs})
        frames.append(frame[rng.random(len(table)) > MISSED])
    later = pd.concat(frames).dropna().astype({"pain_nrs": int})
    return later.sort_values(["patient", "day"], ignore_index=True)


def _event_times(risk: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    # Progression and death share one shape and one linear predictor, so that the first of the
    # two is Weibull with the same log hazard ratio, and a death is never before a progression.
    shape, count = 1.2, len(risk)
    progression = 700 * (rng.exponential(size=count) * np.exp(-risk)) ** (1 / shape)
    death = 1800 * (rng.exponential(size=count) * np.exp(-risk)) ** (1 / shape)
    follow_up = rng.uniform(400, 2200, count)
    first = np.minimum(progression, death)
    return pd.DataFrame(
        {
            "pfs_days": np.maximum(1, np.ceil(np.minimum(first, follow_up))).astype(int),
            "pfs_event": (first <= follow_up).astype(int),
            "os_days": np.maximum(1, np.ceil(np.minimum(death, follow_up))).astype(int),
            "os_event": (death <= follow_up).astype(int),
        }
    )


def _response(risk: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # Thresholds of a logistic variable for about 5 % CR, 17 % PR, 33 % SD where risk is 0.
    liability = risk + rng.logistic(0, 1, len(risk))
    grades = np.array(["CR", "PR", "SD", "PD"], dtype=object)
    response = grades[np.digitize(liability, [-2.9, -1.27, 0.2])]
    response[rng.random(len(risk)) < 0.45] = None
    return response
