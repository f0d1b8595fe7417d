"""What stands behind a hazard ratio: its assumptions, and models that need fewer of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from zlib import crc32

import numpy as np
import pandas as pd
from scipy import stats

from innervate.circuit.covariates import ADDS_NOTHING, covariate_matrix
from innervate.clinical.associations import INDEX, shortage
from innervate.config.clinical import ClinicalTable, Endpoint
from innervate.config.settings import Clinical
from innervate.statistics.association_models import (
    DOUBTFUL_BELOW,
    EVENTS_PER_VARIABLE,
    PROPORTIONAL,
    Row,
    cox,
    cox_design,
    few_events,
    fit_cox,
)
from innervate.statistics.maximally_selected import maximally_selected_cut
from innervate.statistics.partial_likelihood import firth_cox
from innervate.statistics.splines import NONLINEAR, restricted_cubic_spline

COLUMNS = [
    "score", "endpoint", "analysis", "n", "n_events", "events_per_variable", "estimate",
    "estimate_type", "ci_low", "ci_high", "pvalue", "concordance", "covariates", "note",
]  # fmt: skip
NOT_CONVERGED = "the Cox model does not converge"
HAZARD, CHI2, CUT = "hazard_ratio_per_sd", "chi2", "cut_in_sd"


@dataclass(frozen=True)
class _Asked:
    """Patients with a score, a time and whatever a model is adjusted for."""

    used: pd.DataFrame
    """score, time, event and the covariates; no value missing."""
    names: list[str]
    clinical: ClinicalTable
    settings: Clinical

    @cached_property
    def coded(self) -> tuple[pd.DataFrame, list[str]]:
        """Covariates as numbers, and those that add nothing."""
        return covariate_matrix(self.used, self.names, self.clinical.covariates)

    @property
    def matrix(self) -> pd.DataFrame:
        """Covariates as numbers."""
        return self.coded[0]

    def part(self, rows: pd.Series, **changed: pd.Series) -> _Asked:
        """Some of the patients, some of whose columns may be others."""
        used = self.used.assign(**changed)[rows]
        return _Asked(used, self.names, self.clinical, self.settings)

    def row(self, analysis: str, kind: str, variables: int) -> Row:
        """Start a row of an analysis."""
        events = int(self.used["event"].sum())
        return {
            "analysis": f"{analysis}, adjusted" if self.names else analysis,
            "n": len(self.used),
            "n_events": events,
            "events_per_variable": events / variables,
            "estimate_type": kind,
            "covariates": ";".join(self.names),
            "note": "",
        }

    def obstacle(self, more: int = 0) -> str:
        """Why a model with so many columns more can't be fitted; empty where it can."""
        events, columns = int(self.used["event"].sum()), self.matrix.shape[1] + more
        few = shortage(len(self.used), events, columns, self.settings)
        return few or ("" if self.used["score"].nunique() > 1 else "the score does not vary")


def survival_models(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    clinical: ClinicalTable,
    settings: Clinical,
    seed: int,
) -> pd.DataFrame:
    """Check and extend the Cox model of each score with each time-to-event endpoint.

    Plain and adjusted: the Cox model with its concordance; a test of proportional hazards and,
    where they are doubtful, the hazard ratio before and after the median time to the event;
    Firth's penalized likelihood where events are fewer than ten per variable or the Cox model
    does not converge; a test for a score whose log hazard is not a straight line; and a Cox model
    of the patients still followed without the event at the endpoint's landmark, where one is
    declared. Plain only: a cut that is searched for, with its p-value corrected for the search.

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
    seed
        Of the permutations.

    Returns
    -------
    DataFrame
        Contract ``survival_models``.

    References
    ----------
    Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515; Heinze and Schemper 2001,
    doi:10.1111/j.0006-341X.2001.00114.x; Harrell 2015, doi:10.1007/978-3-319-19425-7 (splines);
    Lausen and Schumacher 1992, doi:10.2307/2532740; Anderson, Cain and Gelber 1983,
    doi:10.1200/JCO.1983.1.11.710 (landmark).
    """
    tested = nodes[~nodes["control"].astype(bool)]
    reasons = {one.node: one.reason for one in tested.itertuples() if one.status != "measured"}
    rows: list[Row] = []
    for endpoint, spec in clinical.endpoints.items():
        columns = {f"{endpoint}_time_{spec.unit}": "time", f"{endpoint}_event": "event"}
        for score in [*tested["node"], INDEX]:
            generator = np.random.default_rng([seed, crc32(f"{endpoint}/{score}".encode())])
            for names in [[], clinical.adjust_for] if clinical.adjust_for else [[]]:
                used = joined[[score, *columns, *names]].dropna()
                used = used.rename(columns={**columns, score: "score"})
                asked = _Asked(used, names, clinical, settings)
                found = _analyses(asked, spec, generator, reasons.get(score))
                rows += [{"score": score, "endpoint": endpoint, **row} for row in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def _analyses(
    asked: _Asked, spec: Endpoint, generator: np.random.Generator, reason: str | None
) -> list[Row]:
    """All rows of a score, an endpoint and a choice of covariates."""
    if reason is not None:
        return [{**asked.row("Cox", HAZARD, 1), "note": f"not measurable: {reason}"}]
    plain = _cox("Cox", asked)
    rows = [plain]
    if not asked.obstacle():
        rows += _penalized(asked, plain)
        if "estimate" in plain:
            rows += _proportional(asked, plain, spec)
            bent = partial(_nonlinearity, straight=plain["log_likelihood"])
            rows.append(_checked(bent, "Nonlinearity (spline)", CHI2, asked))
        if not asked.names:
            cut = "Searched cut (log-rank)"
            rows.append(_checked(lambda one: _cut(one, generator), cut, CUT, asked))
    if spec.landmark is not None:
        # Cox's model ranks times: counted from the landmark they rank as they do from the start.
        after = asked.part(asked.used["time"] > spec.landmark)
        row = _cox_or_firth("Cox from the landmark", after)
        unit = spec.unit.removesuffix("s")
        left = f"patients followed without the event beyond {unit} {spec.landmark:g}"
        rows.append({**row, "note": "; ".join(filter(None, [left, row["note"]]))})
    return rows


def _checked(analysis: Callable[[_Asked], Row], name: str, kind: str, asked: _Asked) -> Row:
    """A row of an analysis, or with the reason why there is none."""
    row = asked.row(name, kind, asked.matrix.shape[1] + 1)
    try:
        return row | analysis(asked)
    except ValueError as error:
        return {**row, "note": str(error)}


def _cox(name: str, asked: _Asked) -> Row:
    """The hazard ratio per standard deviation, or why there is none."""

    def fit(one: _Asked) -> Row:
        obstacle = one.obstacle()
        if obstacle:
            raise ValueError(obstacle)
        row = cox(one.used["score"], one.used["time"], one.used["event"], one.matrix)
        idle = [f"{covariate} {ADDS_NOTHING}" for covariate in one.coded[1]]
        return {**row, "note": "; ".join(filter(None, [row["note"], *idle]))}

    return _checked(fit, name, HAZARD, asked)


def _cox_or_firth(name: str, asked: _Asked) -> Row:
    """The hazard ratio by the Cox model or, where it does not converge, by Firth's."""
    row = _cox(name, asked)
    if "estimate" in row or asked.obstacle():
        return row
    return _checked(partial(_firth, why=NOT_CONVERGED), name, HAZARD, asked)


def _penalized(asked: _Asked, plain: Row) -> list[Row]:
    """Firth's hazard ratio, where the plain one can't be relied on."""
    few = plain["events_per_variable"] < EVENTS_PER_VARIABLE
    if "estimate" in plain and not few:
        return []
    why = "events per variable are few" if few else NOT_CONVERGED
    return [_checked(partial(_firth, why=why), "Cox, penalized (Firth)", HAZARD, asked)]


def _firth(asked: _Asked, why: str) -> Row:
    """Firth's hazard ratio per standard deviation."""
    from lifelines.utils import concordance_index

    time, event = (asked.used[name].to_numpy(float) for name in ("time", "event"))
    design = cox_design(asked.used["score"], asked.matrix).to_numpy()
    beta, ends, pvalue = firth_cox(design, time, event)
    estimate, low, high = map(float, np.exp([beta[0], *ends]))
    return {
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "pvalue": pvalue,
        "concordance": float(concordance_index(time, -design @ beta, event)),
        "note": f"Firth's penalized likelihood, as {why}",
    }


def _proportional(asked: _Asked, plain: Row, spec: Endpoint) -> list[Row]:
    """The test of proportional hazards and, where it is doubtful, the hazard ratio by period."""
    doubtful = plain["proportional_pvalue"] < DOUBTFUL_BELOW
    row = asked.row("Proportional hazards (test)", CHI2, asked.matrix.shape[1] + 1)
    row |= {"estimate": plain["proportional_chi2"], "pvalue": plain["proportional_pvalue"]}
    row["note"] = "doubtful: see the periods" if doubtful else "no reason to doubt them"
    return [row, *_periods(asked, spec)] if doubtful else [row]


def _periods(asked: _Asked, spec: Endpoint) -> list[Row]:
    """The hazard ratio before and after the median time to the event.

    A patient followed into the late period counts in both. As all coefficients are the period's
    own, its likelihood is that of a Cox model of the patients at risk in it.
    """
    time, event = asked.used["time"], asked.used["event"]
    middle = float(time[event > 0].median())
    until = {"time": time.clip(upper=middle), "event": event * (time <= middle)}
    parts = {"early": asked.part(time >= 0, **until), "late": asked.part(time > middle)}
    spread = asked.used["score"].std()
    rows = []
    for name, part in parts.items():
        row = _cox_or_firth(f"Cox, {name} period", part)
        # Proportional hazards are not tested within a period: so few events could not show it.
        notes = [note for note in row["note"].split("; ") if not note.startswith(PROPORTIONAL)]
        if "estimate" in row:
            # Per standard deviation of all patients, so that the two can be compared.
            power = spread / part.used["score"].std()
            row |= {key: row[key] ** power for key in ("estimate", "ci_low", "ci_high")}
        when = "up to" if name == "early" else "after"
        when = f"{when} {middle:.3g} {spec.unit}, the median time to the event"
        rows.append({**row, "note": "; ".join(filter(None, [when, *notes]))})
    return rows


def _nonlinearity(asked: _Asked, straight: float) -> Row:
    """Test a restricted cubic spline against a straight line of this log-likelihood."""
    obstacle = asked.obstacle(more=NONLINEAR)
    if obstacle:
        raise ValueError(obstacle)
    time, event = asked.used["time"], asked.used["event"]
    design = cox_design(asked.used["score"], asked.matrix)
    score = design["score"].to_numpy()
    columns = np.column_stack([np.ones(len(score)), score, restricted_cubic_spline(score)])
    # Columns at right angles: the test is the same, and Newton's method converges.
    for number, column in enumerate(np.linalg.qr(columns)[0].T[-NONLINEAR:]):
        design[f"bend_{number}"] = column * np.sqrt(len(score))
    gain = float(fit_cox(design, time, event).log_likelihood_) - straight
    statistic = max(2 * gain, 0.0)
    per_variable = float(event.sum()) / design.shape[1]
    pvalue = float(stats.chi2.sf(statistic, NONLINEAR))
    notes = ["the log hazard is not a straight line"] if pvalue < DOUBTFUL_BELOW else []
    return {
        "estimate": statistic,
        "pvalue": pvalue,
        "events_per_variable": per_variable,
        "note": "; ".join([*notes, *few_events(per_variable)]),
    }


def _cut(asked: _Asked, generator: np.random.Generator) -> Row:
    """The maximally selected cut with its corrected p-value."""
    score = asked.used["score"]
    time, event = (asked.used[name].to_numpy(float) for name in ("time", "event"))
    cut, pvalue = maximally_selected_cut(score.to_numpy(float), time, event, generator)
    place = float((cut - score.mean()) / score.std())
    note = (
        f"exploratory: of all cuts between the 25th and the 75th percentile, {place:.2f} standard "
        "deviations from the mean parts survival best; p is corrected for the search"
    )
    return {"estimate": place, "pvalue": pvalue, "note": note}
