"""Each node of the circuit with each clinical endpoint, plain and adjusted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from innervate.circuit.covariates import ADDS_NOTHING, covariate_matrix
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical
from innervate.inputs.clinical.pain import CATEGORIES, instruments
from innervate.inputs.clinical.visits import mixed_model
from innervate.statistics.association_models import Row, cox, spearman
from innervate.statistics.conventions import adjusted_pvalues
from innervate.statistics.odds_ratios import response

INDEX = "circuit_index"
EMPTY: Row = dict.fromkeys(("estimate", "ci_low", "ci_high", "pvalue"), np.nan)


@dataclass(frozen=True)
class Question:
    """A clinical endpoint and the model that asks for it."""

    name: str
    columns: tuple[str, ...]
    models: tuple[str, str]
    """The model's name, plain and adjusted."""
    estimate_type: str
    fit: Callable[..., Row]
    events: Callable[[pd.DataFrame], int] | None = None
    """How many of the patients had the event, or gave the rarer answer."""
    among: frozenset[str] | None = None
    """Patients who can answer, where no column says who they are."""


def associate(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    clinical: ClinicalTable,
    settings: Clinical,
    over_time: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Test each node, and the circuit index, against each declared endpoint.

    Pain gets rank correlations and, by category, proportional-odds models; pain over time a mixed
    model, and its worsening a logistic one; a time-to-event endpoint Cox models; a response
    logistic or proportional-odds models. Each is plain and, where the cohort declares covariates,
    adjusted. What
    can't be estimated is a row with the reason. The false discovery rate is Benjamini and
    Hochberg's over the nodes and the index, within an endpoint and model; controls of the circuit
    are not part of it and are not tested here.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`: ``node, control, status, reason``.
    clinical
        Declares the endpoints and covariates.
    settings
        Smallest numbers of patients and events.
    over_time
        Contract ``pain_over_time``, where pain was measured repeatedly.

    Returns
    -------
    DataFrame
        Contract ``associations``.
    """
    tested = nodes[~nodes["control"].astype(bool)]
    reasons = {
        row.node: row.reason for row in tested.itertuples() if row.status == "not measurable"
    }
    scores = [*tested["node"], INDEX]
    if over_time is not None:
        joined = joined.set_index("patient")
    rows = []
    for question in questions(clinical, joined.columns, over_time):
        for adjusted in (False, True) if clinical.adjust_for else (False,):
            names = clinical.adjust_for if adjusted else []
            family = [
                _row(joined, score, question, names, clinical, settings, reasons)
                for score in scores
            ]
            rows.append(_with_fdr(pd.DataFrame(family)))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=_COLUMNS)


_COLUMNS = [
    "score", "endpoint", "model", "n", "n_events", "estimate", "estimate_type", "ci_low",
    "ci_high", "pvalue", "fdr", "covariates", "note",
]  # fmt: skip


def questions(
    clinical: ClinicalTable,
    columns: Collection[str] = (),
    over_time: pd.DataFrame | None = None,
) -> list[Question]:
    """What is asked of each score.

    Parameters
    ----------
    clinical
        Declares the endpoints.
    columns
        Those of the joined table: pain is asked about by category where it has one.
    over_time
        Contract ``pain_over_time``, for the questions about repeated measurements.
    """
    found = []
    for name, pain in clinical.pain.items():
        known = instruments()[pain.instrument]
        column = f"pain_{name}_0_10" if known.measures == "intensity" else f"pain_{name}"
        models = ("Spearman", "partial Spearman")
        found.append(Question(column, (column,), models, "spearman_rho", spearman))
        if f"pain_{name}_category" in columns:
            found.append(_of_category(f"pain_{name}_category"))
        if over_time is not None and (over_time["pain"] == name).any():
            found += _of_repeats(name, over_time[over_time["pain"] == name])
    for name, endpoint in clinical.endpoints.items():
        pair = (f"{name}_time_{endpoint.unit}", f"{name}_event")
        models = ("Cox", "Cox, adjusted")
        count = partial(_events, column=pair[1])
        found.append(Question(name, pair, models, "hazard_ratio_per_sd", cox, count))
    for name, declared in clinical.response.items():
        column = f"response_{name}"
        binary = len(set(declared.grades().values())) == 2
        model = "logistic" if binary else "proportional odds"
        models, count = (model, f"{model}, adjusted"), partial(_rarer, column=column)
        kind = "odds_ratio_per_sd"
        found.append(Question(column, (column,), models, kind, response, count if binary else None))
    return found


def _of_category(column: str) -> Question:
    def fit(score: pd.Series, category: pd.Series, covariates: pd.DataFrame) -> Row:
        return response(score, category.map(CATEGORIES.index).astype(float), covariates)

    models = ("proportional odds", "proportional odds, adjusted")
    return Question(column, (column,), models, "odds_ratio_per_sd", fit)


def _of_repeats(name: str, over_time: pd.DataFrame) -> list[Question]:
    known: dict[tuple, dict[str, Row]] = {}

    def fit(score: pd.Series, covariates: pd.DataFrame, what: str) -> Row:
        # One model answers both questions, and takes long.
        key = (score.name, *covariates)
        if key not in known:
            mine = over_time[over_time["patient"].isin(score.index)]
            known[key] = mixed_model(score, mine, covariates)
        return known[key][what]

    measured = frozenset(over_time["patient"])
    questions = [
        Question(
            f"pain_{name}_{what}",
            (),
            ("mixed model", "mixed model, adjusted"),
            kind,
            partial(fit, what=what),
            among=measured,
        )
        for what, kind in (("level", "points_per_sd"), ("trend", "points_a_month_per_sd"))
    ]
    column = f"pain_{name}_worsening"
    models, count = ("logistic", "logistic, adjusted"), partial(_rarer, column=column)
    kind = "odds_ratio_per_sd"
    return [*questions, Question(column, (column,), models, kind, response, count)]


def _events(used: pd.DataFrame, column: str) -> int:
    return int(used[column].sum())


def _rarer(used: pd.DataFrame, column: str) -> int:
    return int(min(used[column].sum(), (1 - used[column]).sum()))


def _row(
    joined: pd.DataFrame,
    score: str,
    question: Question,
    names: list[str],
    clinical: ClinicalTable,
    settings: Clinical,
    reasons: dict[str, str],
) -> Row:
    used = joined[[score, *question.columns, *names]].dropna()
    if question.among is not None:
        used = used[used.index.isin(question.among)]
    events = question.events(used) if question.events else None
    row: Row = {
        "score": score,
        "endpoint": question.name,
        "model": question.models[bool(names)],
        "n": len(used),
        "n_events": events,
        **EMPTY,
        "estimate_type": question.estimate_type,
        "covariates": ";".join(names),
        "note": "",
    }
    covariates, idle = covariate_matrix(used, names, clinical.covariates)
    row["note"] = obstacle(used, score, question, events, covariates, settings, reasons)
    if not row["note"]:
        try:
            parts = [used[column] for column in question.columns]
            row |= question.fit(used[score], *parts, covariates=covariates)
        except ValueError as error:
            row["note"] = str(error)
        notes = [row["note"], *(f"{name} {ADDS_NOTHING}" for name in idle)]
        row["note"] = "; ".join(filter(None, notes))
    return row


def obstacle(
    used: pd.DataFrame,
    score: str,
    question: Question,
    events: int | None,
    covariates: pd.DataFrame,
    settings: Clinical,
    reasons: dict[str, str],
) -> str:
    """Why an association can't be estimated; empty where it can."""
    if score in reasons:
        return f"not measurable: {reasons[score]}"
    few = shortage(len(used), events, covariates.shape[1], settings)
    if few:
        return few
    constant = [name for name in (score, *question.columns[:1]) if used[name].nunique() < 2]
    return f"{', '.join(constant)} does not vary" if constant else ""


def shortage(patients: int, events: int | None, covariates: int, settings: Clinical) -> str:
    """Say what a model of so many covariates lacks; empty where nothing.

    Parameters
    ----------
    patients, events
        How many there are; events are None where the endpoint has none.
    covariates
        Columns of the model beside the score; each needs a patient, and an event, more.
    settings
        Smallest numbers of patients and events.
    """
    if patients < settings.min_patients + covariates:
        return f"{patients} patients, {settings.min_patients + covariates} needed"
    if events is not None and events < settings.min_events + covariates:
        return f"{events} events, {settings.min_events + covariates} needed"
    return ""


def _with_fdr(family: pd.DataFrame) -> pd.DataFrame:
    family["fdr"] = adjusted_pvalues(family["pvalue"])
    return family[_COLUMNS]
