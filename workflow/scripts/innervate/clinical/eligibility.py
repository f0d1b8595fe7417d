"""Who would enter a trial: its enrichment rule, checked and applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from innervate.clinical.pain import instruments
from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.config.trials import Criterion, Trial
from innervate.errors import Problem
from innervate.inputs.tables import code_of

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


def trial_problems(cohort: Cohort, circuit: Circuit, cohort_file: str) -> Iterator[Problem]:
    """Find what is wrong with the declared trials, given the clinical table and the circuit.

    Parameters
    ----------
    cohort
        With its trials.
    circuit
        Has the nodes.
    cohort_file
        Name to show.

    Yields
    ------
    Problem
        One for each name that nothing declares, and each effect that its endpoint does not take.
    """
    clinical = cohort.clinical
    if clinical is None:
        if cohort.trials:
            yield Problem(cohort_file, "trials", "no `clinical`", "a clinical table")
        return
    endpoints = trial_endpoints(clinical)
    scores, levels = _scores(clinical, circuit), _levels(clinical)
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


def _scores(clinical: ClinicalTable, circuit: Circuit) -> list[str]:
    numbers = [name for name, one in clinical.covariates.items() if one.kind == "continuous"]
    assays = [f"assay_{name}" for name in clinical.assays]
    raw = [f"pain_{name}" for name in clinical.pain]
    return [*circuit.everything(), INDEX, *_intensities(clinical), *raw, *assays, *numbers]


def _levels(clinical: ClinicalTable) -> dict[str, list[str]]:
    """Columns of words that a rule may ask, with their levels where they are declared."""
    levels = {
        name: one.levels for name, one in clinical.covariates.items() if one.kind != "continuous"
    }
    for name, pain in clinical.pain.items():
        known = instruments().get(pain.instrument)
        if known and known.measures == "neuropathic":
            levels[f"pain_{name}_neuropathic"] = ["yes", "unclear", "no"]
    return levels | {CALL: CALLS}


def _criterion_problems(
    criterion: Criterion,
    cohort_file: str,
    key: str,
    scores: list[str],
    levels: Mapping[str, list[str]],
) -> Iterator[Problem]:
    if criterion.score is not None and criterion.score not in scores:
        expected = f"one of: {', '.join(scores)}"
        yield Problem(cohort_file, f"{key}.score", criterion.score, expected)
    if criterion.covariate is not None and criterion.covariate not in levels:
        expected = f"one of: {', '.join(levels)}"
        yield Problem(cohort_file, f"{key}.covariate", criterion.covariate, expected)
    declared = levels.get(criterion.covariate or "", [])
    unknown = [level for level in criterion.levels if declared and level not in declared]
    if unknown:
        expected = f"some of: {', '.join(declared)}"
        yield Problem(cohort_file, f"{key}.levels", ", ".join(unknown), expected)


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
        # A table that was written and read again may hold 1.0 or True for "1" or "TRUE".
        wanted = {code_of(level).casefold() for level in criterion.levels}
        return values.astype(str).map(lambda cell: code_of(cell).casefold() in wanted)
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
