"""What is missing from the clinic, and adjusted associations with missing covariates imputed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from innervate.circuit.covariates import ADDS_NOTHING, as_levels, covariate_matrix
from innervate.clinical.associations import EMPTY, INDEX, Question, obstacle, questions
from innervate.config.clinical import ClinicalTable, Covariate
from innervate.config.settings import Clinical
from innervate.statistics.association_models import Row
from innervate.statistics.conventions import CONFIDENCE

COMPLETE, IMPUTED = "complete case", "multiple imputation"
COLUMNS = [
    *("score", "endpoint", "model", "analysis", "n", "n_events", "estimate", "estimate_type"),
    *("ci_low", "ci_high", "pvalue", "share_missing", "fraction_missing_information"),
    *("imputations", "note"),
]
RANKS = "spearman_rho"
HAZARD = "hazard_ratio_per_sd"


def missing_patterns(
    joined: pd.DataFrame, nodes: pd.DataFrame, clinical: ClinicalTable
) -> pd.DataFrame:
    """Count the patterns of missing values in what the models use.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`.
    clinical
        Declares the endpoints and the covariates of the adjusted models.

    Returns
    -------
    DataFrame
        Contract ``missing``: patients with a score, by what they lack of pain, endpoints,
        responses and covariates; the most frequent pattern first. It holds counts alone.
    """
    scores = [name for name in nodes["node"] if name in joined]
    known = joined[joined[[INDEX, *scores]].notna().any(axis=1)]
    parts = {question.name: list(question.columns) for question in questions(clinical)}
    parts |= {name: [name] for name in clinical.adjust_for}
    lacking = pd.DataFrame(
        {name: known[columns].isna().any(axis=1) for name, columns in parts.items()},
        index=known.index,
    )
    texts = [";".join(lacking.columns[row]) for row in lacking.to_numpy(bool)]
    counts = Counter(texts)
    order = sorted(counts, key=lambda text: (-counts[text], text))
    rows = [(text, counts[text], counts[text] / len(known)) for text in order]
    return pd.DataFrame(rows, columns=["columns", "n", "share"])


def with_imputation(
    joined: pd.DataFrame,
    associations: pd.DataFrame,
    clinical: ClinicalTable,
    settings: Clinical,
    seed: int,
) -> pd.DataFrame:
    """Set each adjusted association beside itself with missing covariates imputed.

    Pain by category and over time is left to the complete cases. Only covariates are imputed,
    never a score or an endpoint, for patients who have both. The imputation model holds the
    covariates, the score and the endpoint: of a time to event, whether it happened and the
    cumulative hazard at that time; ranks where the analysis is of ranks. A category of more than
    two levels is imputed on the scale on which its levels go best with the complete columns, so
    that a patient always has one of the observed levels; less frequent distinctions between levels
    are lost on that scale.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    associations
        Contract ``associations``, which has the complete cases.
    clinical
        Declares the endpoints and covariates.
    settings
        Number of imputations, smallest numbers of patients and events.
    seed
        Of the imputations.

    Returns
    -------
    DataFrame
        Contract ``imputed``: one row for the complete cases and one for the imputed data; where
        no covariate is missing, the first alone.

    References
    ----------
    White and Royston 2009, doi:10.1002/sim.3618.
    """
    by_model = {(question.name, question.models[1]): question for question in questions(clinical)}
    rows: list[Row] = []
    for number, found in enumerate(associations.to_dict("records")):
        question = by_model.get((found["endpoint"], found["model"]))
        if question is None or not clinical.adjust_for:
            continue
        rng = np.random.default_rng([seed, number])
        rows += _both(joined, found, question, clinical, settings, rng)
    return pd.DataFrame(rows, columns=COLUMNS)


def _both(
    joined: pd.DataFrame,
    found: Row,
    question: Question,
    clinical: ClinicalTable,
    settings: Clinical,
    rng: np.random.Generator,
) -> list[Row]:
    ends = [found["score"], *question.columns]
    used = joined[[*ends, *clinical.adjust_for]].dropna(subset=ends)
    key = {name: found[name] for name in ("score", "endpoint", "model", "estimate_type")}
    key["share_missing"] = 1 - int(found["n"]) / len(used) if len(used) else np.nan
    note = found["note"] if isinstance(found["note"], str) else ""
    complete = {**{name: found[name] for name in ("n", "n_events", *EMPTY)}, "note": note}
    complete["analysis"] = COMPLETE
    if len(used) == int(found["n"]):
        said = "no covariate is missing: nothing was imputed" if len(used) else ""
        return [{**key, **complete, "note": "; ".join(filter(None, [note, said]))}]
    events = question.events(used) if question.events else None
    imputed: Row = {"analysis": IMPUTED, "n": len(used), "n_events": events, **EMPTY, "note": ""}
    try:
        imputed |= _pooled(used, str(found["score"]), question, events, clinical, settings, rng)
    except ValueError as error:
        imputed["note"] = str(error)
    return [{**key, **complete}, {**key, **imputed}]


def _pooled(
    used: pd.DataFrame,
    score: str,
    question: Question,
    events: int | None,
    clinical: ClinicalTable,
    settings: Clinical,
    rng: np.random.Generator,
) -> Row:
    """The estimate over imputed data sets, as far as one is possible."""
    from innervate.statistics.imputation import pool

    ratio = question.estimate_type != RANKS
    forward, back = (np.log, np.exp) if ratio else (np.arctanh, np.tanh)
    reach = 2 * stats.norm.ppf((1 + CONFIDENCE) / 2)
    estimates, variances, notes, freedom = [], [], [], np.inf
    for data in _completed(used, score, question, clinical, settings.imputations, rng):
        matrix, idle = covariate_matrix(data, clinical.adjust_for, clinical.covariates)
        note = obstacle(used, score, question, events, matrix, settings, {})
        if note:
            return {"note": note}
        parts = [data[column] for column in question.columns]
        row = question.fit(data[score], *parts, matrix)
        low, high = (forward(float(row[end])) for end in ("ci_low", "ci_high"))
        estimates.append(forward(float(row["estimate"])))
        variances.append(((high - low) / reach) ** 2)
        # What differs between data sets is the p-value of a doubt.
        notes += [str(row["note"]).split(": p = ")[0], *(f"{name} {ADDS_NOTHING}" for name in idle)]
        cases = events if question.estimate_type == HAZARD else len(used) - 1
        freedom = min(freedom, max(1, cases - 1 - matrix.shape[1]))
    if not np.isfinite([*estimates, *variances]).all():
        raise ValueError("an imputed data set gives no interval")
    pooled = pool(np.array(estimates), np.array(variances), freedom)
    ends = {name: float(back(getattr(pooled, name))) for name in ("estimate", "ci_low", "ci_high")}
    of = settings.imputations
    counts = Counter(filter(None, notes)).items()
    said = [f"{note} ({many} of {of} imputed data sets)" for note, many in counts]
    return {
        **ends,
        "pvalue": pooled.pvalue,
        "fraction_missing_information": pooled.fraction_missing_information,
        "imputations": of,
        "note": "; ".join(said),
    }


def _completed(
    used: pd.DataFrame,
    score: str,
    question: Question,
    clinical: ClinicalTable,
    count: int,
    rng: np.random.Generator,
) -> Iterator[pd.DataFrame]:
    """Imputed data sets: `used` with its covariates filled."""
    from innervate.statistics.imputation import impute

    names = clinical.adjust_for
    empty = [name for name in names if used[name].isna().all()]
    if empty:
        raise ValueError(f"{', '.join(empty)}: no value among these patients to impute from")
    incomplete = [name for name in names if used[name].isna().any()]
    whole = [name for name in names if name not in incomplete]
    known, _ = covariate_matrix(used, whole, clinical.covariates)
    known = known.add_prefix("covariate ").assign(**_ends(used, score, question))
    levels = {name: _levels(used[name], clinical.covariates[name], known) for name in incomplete}
    coded = {f"missing {name}": _coded(used[name], levels[name]) for name in incomplete}
    for data in impute(known.assign(**coded), count, rng):
        filled = {name: _decoded(data[f"missing {name}"], levels[name]) for name in incomplete}
        yield used.assign(**filled)


def _ends(used: pd.DataFrame, score: str, question: Question) -> dict[str, pd.Series]:
    """What the imputation model holds of the score and the endpoint."""
    from lifelines import NelsonAalenFitter

    if question.estimate_type == RANKS:
        return {"score": used[score].rank(), "endpoint": used[question.columns[0]].rank()}
    if question.estimate_type != HAZARD:
        return {"score": used[score], "endpoint": used[question.columns[0]]}
    time, event = (used[column] for column in question.columns)
    hazard = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, event)
    at_time = hazard.cumulative_hazard_.iloc[:, 0].reindex(time).to_numpy()
    return {
        "score": used[score],
        "endpoint": event,
        "hazard": pd.Series(at_time, index=used.index),
    }


def _levels(values: pd.Series, covariate: Covariate, known: pd.DataFrame) -> dict[str, float]:
    """A number for each level of a covariate; none where it is a number itself."""
    if covariate.kind == "continuous":
        return {}
    values = as_levels(values.dropna(), covariate.levels)
    levels = [level for level in covariate.levels or sorted(set(values)) if level in set(values)]
    if covariate.kind == "ordinal":
        return {level: float(covariate.levels.index(level)) for level in levels}
    if len(levels) < 3:
        return {level: float(place) for place, level in enumerate(levels)}
    return dict(zip(levels, _canonical(values, levels, known.loc[values.index]), strict=True))


def _canonical(values: pd.Series, levels: list[str], known: pd.DataFrame) -> np.ndarray:
    """Scores of levels that correlate most with a linear combination of other columns."""
    indicators = np.column_stack([values == level for level in levels[1:]]).astype(float)
    indicators -= indicators.mean(axis=0)
    others = known.to_numpy(float)
    others = others - others.mean(axis=0)
    explained = others @ np.linalg.lstsq(others, indicators, rcond=None)[0]
    product = np.linalg.pinv(indicators.T @ indicators) @ (indicators.T @ explained)
    values_of, vectors = np.linalg.eig(product)
    weights = np.real(vectors[:, np.argmax(np.real(values_of))])
    # Levels that score alike must still be told apart.
    return np.append(0.0, weights) + 1e-9 * np.arange(len(levels))


def _coded(values: pd.Series, levels: dict[str, float]) -> pd.Series:
    if not levels:
        return values.astype(float)
    found = as_levels(values.dropna(), list(levels)).map(levels)
    return found.astype(float).reindex(values.index)


def _decoded(values: pd.Series, levels: dict[str, float]) -> pd.Series:
    return values.map({code: level for level, code in levels.items()}) if levels else values
