"""Who would enter a trial: its enrichment rule, checked and applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.config.trials import Criterion, Trial
from innervate.inputs.clinical.pain import Neuropathic, instruments
from innervate.inputs.tables import code_of
from innervate.runtime.errors import Problem

# Not taken from `associations`: each parse of the workflow would load scipy.stats for it.
INDEX = "circuit_index"
CALL = "call"
CALLS = ["active", "uncertain", "inactive"]
"""Calls that a rule may ask for; of a patient who was not measured a rule knows nothing."""
EFFECTS = {"time to event": "hazard_ratio", "response": "odds_ratio", "pain": "difference"}
"""The assumed effect that an endpoint of each kind needs."""

EXAMPLE = {"hazard_ratio": 0.65, "odds_ratio": 2.5, "difference": 1.5}
"""Effects of the example trials: of a size that trials in oncology hope for, no more."""


def trial_endpoints(clinical: ClinicalTable) -> dict[str, str]:
    """Endpoints that a trial can be sized on: kind by name, in the order of preference."""
    kinds = dict.fromkeys(clinical.endpoints, "time to event")
    for name, declared in clinical.response.items():
        if len(set(declared.grades().values())) == 2:
            kinds[f"response_{name}"] = "response"
    return kinds | dict.fromkeys(_intensities(clinical), "pain")


def _intensities(clinical: ClinicalTable) -> list[str]:
    return [
        f"pain_{name}_0_10"
        for name, pain in clinical.pain.items()
        if pain.instrument in instruments()
        and instruments()[pain.instrument].measures == "intensity"
    ]


def trial_problems(
    cohort: Cohort,
    circuit: Circuit,
    cohort_file: str,
    read: pd.DataFrame | None = None,
) -> Iterator[Problem]:
    """Find what is wrong with the declared trials, given the clinical table and the circuit.

    Parameters
    ----------
    cohort
        With its trials.
    circuit
        Has the nodes.
    cohort_file
        Name to show.
    read
        Of `innervate.inputs.clinical.table.check_clinical`, where the table is there: what a
        covariate without declared levels holds.

    Yields
    ------
    Problem
        One for each name that nothing declares, each effect that its endpoint does not take, and
        each condition that no patient can meet: a level or a bound beyond what is measured.
    """
    clinical = cohort.clinical
    if clinical is None:
        if cohort.trials:
            yield Problem(cohort_file, "trials", "no `clinical`", "a clinical table")
        return
    endpoints = trial_endpoints(clinical)
    scores, levels = _scores(clinical, circuit), _levels(clinical, read)
    for name, trial in cohort.trials.items():
        key = f"trials.{name}"
        if trial.agents_for not in circuit.nodes:
            expected = f"a node: {', '.join(circuit.nodes)}"
            yield Problem(cohort_file, f"{key}.agents_for", trial.agents_for, expected)
        if trial.endpoint not in endpoints:
            expected = f"one of: {', '.join(endpoints) or 'none is declared'}"
            yield Problem(cohort_file, f"{key}.endpoint", trial.endpoint, expected)
        elif (needed := EFFECTS[endpoints[trial.endpoint]]) not in trial.effects():
            found = ", ".join(trial.effects())
            expected = f"`{needed}`, as {trial.endpoint} is {endpoints[trial.endpoint]}"
            yield Problem(cohort_file, key, found, expected)
        for place, criterion in enumerate(trial.where):
            yield from _criterion_problems(
                criterion, cohort_file, f"{key}.where.{place}", scores, levels
            )
        yield from _contradictions(trial.where, cohort_file, f"{key}.where")


def _contradictions(where: list[Criterion], cohort_file: str, key: str) -> Iterator[Problem]:
    """Conditions on one column that no patient meets together, as all of a rule must hold."""
    by_column: dict[str, list[Criterion]] = {}
    for criterion in where:
        by_column.setdefault(criterion.column, []).append(criterion)
    for mine in by_column.values():
        asked = [{_folded(level) for level in one.levels} for one in mine if one.levels]
        lowest = max((one.above for one in mine if one.above is not None), default=-np.inf)
        highest = min((one.below for one in mine if one.below is not None), default=np.inf)
        if lowest >= highest or (asked and not set.intersection(*asked)):
            expected = "conditions that a patient can meet together; all of a rule must hold"
            yield Problem(cohort_file, key, rule_text(mine), expected)


def _scores(clinical: ClinicalTable, circuit: Circuit) -> dict[str, tuple[float, float]]:
    """Columns of numbers that a rule may ask, each with its least and greatest value."""
    anything = (-np.inf, np.inf)
    scores = dict.fromkeys([*circuit.everything(), INDEX], anything)
    scores |= dict.fromkeys(_intensities(clinical), (0.0, 10.0))
    for name, pain in clinical.pain.items():
        known = instruments().get(pain.instrument)
        scores[f"pain_{name}"] = (known.minimum, known.maximum) if known else anything
    for name, assay in clinical.assays.items():
        scores[f"assay_{name}"] = (0.0, np.inf) if assay.log else anything
    for name, one in clinical.covariates.items():
        if one.kind == "opioid_dose":
            scores[name] = (0.0, np.inf)
        elif one.kind == "continuous":
            meaning = clinical.dictionary.get(one.column)
            low, high = (meaning.minimum, meaning.maximum) if meaning else (None, None)
            scores[name] = (-np.inf if low is None else low, np.inf if high is None else high)
    return scores


def _levels(clinical: ClinicalTable, read: pd.DataFrame | None) -> dict[str, list[str]]:
    """Columns of words that a rule may ask, with all that they can hold; empty: not known yet."""
    levels = {}
    for name, one in clinical.covariates.items():
        if one.kind not in ("categorical", "ordinal"):
            continue
        meaning = clinical.dictionary.get(one.column)
        levels[name] = one.levels or (list(meaning.codes.values()) if meaning else [])
        if not levels[name] and read is not None and name in read:
            levels[name] = sorted(read[name].dropna().unique())
    for name, pain in clinical.pain.items():
        known = instruments().get(pain.instrument)
        if known and known.measures == "neuropathic":
            levels[f"pain_{name}_neuropathic"] = [one.value for one in Neuropathic]
    return levels | {CALL: CALLS}


def _criterion_problems(
    criterion: Criterion,
    cohort_file: str,
    key: str,
    scores: Mapping[str, tuple[float, float]],
    levels: Mapping[str, list[str]],
) -> Iterator[Problem]:
    if criterion.score is not None:
        if criterion.score not in scores:
            expected = f"one of: {', '.join(scores)}"
            yield Problem(cohort_file, f"{key}.score", criterion.score, expected)
            return
        low, high = scores[criterion.score]
        for bound in ("above", "below"):
            value = getattr(criterion, bound)
            if value is not None and (value >= high if bound == "above" else value <= low):
                expected = f"a bound that {criterion.score}, from {low:g} to {high:g}, can pass"
                yield Problem(cohort_file, f"{key}.{bound}", f"{value:g}", expected)
        return
    if criterion.covariate not in levels:
        expected = f"one of: {', '.join(levels)}"
        yield Problem(cohort_file, f"{key}.covariate", criterion.covariate, expected)
        return
    possible = levels[criterion.covariate]
    folded = {_folded(level) for level in possible}
    unknown = [level for level in criterion.levels if possible and _folded(level) not in folded]
    if unknown:
        expected = f"some of: {', '.join(possible)}"
        yield Problem(cohort_file, f"{key}.levels", ", ".join(unknown), expected)


def _folded(level: object) -> str:
    # A table that was written and read again may hold 1.0 or True for "1" or "TRUE".
    return code_of(level).casefold()


def example_trials(
    circuit: Circuit, clinical: ClinicalTable, druggable: list[str]
) -> dict[str, Trial]:
    """Make a trial for each druggable node, for a cohort that declares none; only an example.

    Patients enter whose node lies beyond the cohort's mean on the circuit's side, and whose
    circuit is not called inactive. The endpoint is the first that is declared: time to event, else
    response, else pain.

    Parameters
    ----------
    circuit
        Nodes with their sign in the circuit index; nodes without one get no trial.
    clinical
        Declares the endpoints; with none there is no trial.
    druggable
        Nodes at which an agent would work against the circuit.
    """
    endpoint, kind = next(iter(trial_endpoints(clinical).items()), ("", ""))
    if not endpoint:
        return {}
    effect = EFFECTS[kind]
    trials = {}
    for name, node in circuit.nodes.items():
        if node.toward and name in druggable:
            side = {"above": 0.0} if node.toward > 0 else {"below": 0.0}
            where = [{"score": name, **side}, {"covariate": CALL, "levels": CALLS[:2]}]
            trials[f"example_{name}"] = Trial.model_validate(
                {"agents_for": name, "where": where, "endpoint": endpoint, effect: EXAMPLE[effect]}
            )
    return trials


def apply_rule(joined: pd.DataFrame, where: list[Criterion]) -> tuple[pd.Series, pd.Series]:
    """Apply an enrichment rule.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    where
        All of them must be met.

    Returns
    -------
    tuple of Series
        By row of `joined`: whether all columns of the rule are known; and, of those, whether the
        rule is met.
    """
    evaluable = pd.Series(data=True, index=joined.index)
    meeting = evaluable.copy()
    for criterion in where:
        values = joined[criterion.column]
        if criterion.column == CALL:
            # With too few nodes a patient has no index, and its call says nothing.
            values = values.where(joined[INDEX].notna())
        known = values.notna()
        evaluable &= known
        met = _met(values[known], criterion)
        meeting &= met.reindex(joined.index, fill_value=False).astype(bool)
    return evaluable, meeting & evaluable


def _met(values: pd.Series, criterion: Criterion) -> pd.Series:
    if criterion.covariate is not None:
        wanted = {_folded(level) for level in criterion.levels}
        return values.astype(str).map(lambda cell: _folded(cell) in wanted)
    met = pd.Series(data=True, index=values.index)
    if criterion.above is not None:
        met &= values > criterion.above
    if criterion.below is not None:
        met &= values < criterion.below
    return met


def rule_text(where: list[Criterion]) -> str:
    """A rule in words."""
    parts = []
    for criterion in where:
        if criterion.covariate is not None:
            parts.append(f"{criterion.covariate} is {' or '.join(criterion.levels)}")
        if criterion.above is not None:
            parts.append(f"{criterion.score} above {criterion.above:g}")
        if criterion.below is not None:
            parts.append(f"{criterion.score} below {criterion.below:g}")
    return "; ".join(parts)
