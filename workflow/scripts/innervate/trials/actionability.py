"""What could be acted on: agents at each step of the circuit, and what a trial would need."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.config.trials import Trial
from innervate.runtime.files import RESOURCES
from innervate.trials import trial_size
from innervate.trials.control_arm import ControlArm, control_arm, hidden
from innervate.trials.eligibility import apply_rule, example_trials, rule_text

AGAINST = "against"
MONTHS_PER_YEAR = 12
UNIT_PER_MONTH = {
    "days": 365.25 / MONTHS_PER_YEAR,
    "weeks": 365.25 / 7 / MONTHS_PER_YEAR,
    "months": 1.0,
    "years": 1 / MONTHS_PER_YEAR,
}
EXAMPLE_NOTE = "an example, not declared by the cohort"
AGENTS = [
    *("node", "measured", "agent", "class", "target_genes", "effect", "status", "year"),
    *("indication", "n_evaluable", "n_meeting", "rules", "source", "confidence", "note"),
]
TRIALS = [
    *("trial", "node", "agents", "rule", "endpoint", "n_evaluable", "n_meeting", "prevalence"),
    *("prevalence_low", "prevalence_high", "screened_per_enrolled", "screened_per_enrolled_low"),
    *("screened_per_enrolled_high", "control", "control_n", "control_from", "effect_type"),
    *("effect", "alpha", "power", "allocation", "n_enrolled", "n_screened", "power_reached"),
    *("monte_carlo_se", "note"),
]


@dataclass(frozen=True)
class Actionability:
    """Agents and trials; counts of patients, never their codes.

    Parameters
    ----------
    agents
        Contract ``agents``.
    trials
        Contract ``trials``.
    """

    agents: pd.DataFrame
    trials: pd.DataFrame


def read_agents() -> pd.DataFrame:
    """Agents of resources/clinical/agents.tsv, one row an agent and node.

    Returns
    -------
    DataFrame
        Columns ``agent, class, target_genes, node, effect, status, year, indication, source,
        confidence, note``. ``effect`` is ``against`` where the agent would interrupt the circuit,
        ``with`` where it would oppose the circuit's protective arm.
    """
    path = RESOURCES / "clinical" / "agents.tsv"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    frame["year"] = pd.to_numeric(frame["year"]).astype("Int64")
    frame["nodes"] = frame["nodes"].str.split(";")
    return frame.explode("nodes", ignore_index=True).rename(columns={"nodes": "node"})


def assess_actionability(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    cohort: Cohort,
    circuit: Circuit,
    settings: Clinical,
    seed: int,
) -> Actionability:
    """List the agents for each node, and size the trials that the cohort declares.

    A cohort that declares no trial gets an example for each druggable node.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`.
    cohort
        With a clinical table; its trials have no problem (`eligibility.trial_problems`).
    circuit
        Which nodes there are.
    settings
        Smallest numbers of patients and events, and below which counts are suppressed.
    seed
        Of the simulated trials.

    Returns
    -------
    Actionability
        What can't be sized is a row with the reason.
    """
    agents = read_agents()
    agents = agents[agents["node"].isin(circuit.nodes)]
    druggable = sorted(set(agents.loc[agents["effect"] == AGAINST, "node"]))
    trials, origin = cohort.trials, ""
    if not trials:
        trials = example_trials(circuit, cohort.clinical, druggable)
        origin = EXAMPLE_NOTE
    rows = [
        _trial_row(joined, name, trial, agents, cohort, settings, seed, origin)
        for name, trial in trials.items()
    ]
    return Actionability(
        _agent_rows(joined, nodes, agents, trials, circuit, settings),
        pd.DataFrame(rows, columns=TRIALS),
    )


def _agent_rows(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    agents: pd.DataFrame,
    trials: dict[str, Trial],
    circuit: Circuit,
    settings: Clinical,
) -> pd.DataFrame:
    measured = set(nodes.loc[nodes["status"] == "measured", "node"])
    counts = {}
    for node in circuit.nodes:
        here = {name: trial for name, trial in trials.items() if trial.agents_for == node}
        evaluable = pd.Series(data=False, index=joined.index)
        meeting = evaluable.copy()
        for trial in here.values():
            known, met = apply_rule(joined, trial.where)
            evaluable, meeting = evaluable | known, meeting | met
        found = _counts(evaluable, meeting, settings) if here else {}
        counts[node] = {**found, "rules": ";".join(here)}
    rows = []
    for node in circuit.nodes:
        for agent in agents[agents["node"] == node].to_dict("records"):
            # A rule asks who could gain: nothing of an agent that works with the circuit.
            known = counts[node] if agent["effect"] == AGAINST else {"rules": ""}
            rows.append({**agent, **known, "measured": node in measured})
    return pd.DataFrame(rows, columns=AGENTS)


def _counts(evaluable: pd.Series, meeting: pd.Series, settings: Clinical) -> dict[str, object]:
    """Counts of a rule; one that is small, or whose complement is, is suppressed."""
    n, met = int(evaluable.sum()), int(meeting.sum())
    small = hidden(met, settings) or hidden(n - met, settings)
    return {
        "n_evaluable": None if hidden(n, settings) else n,
        "n_meeting": None if small or hidden(n, settings) else met,
    }


def _trial_row(
    joined: pd.DataFrame,
    name: str,
    trial: Trial,
    agents: pd.DataFrame,
    cohort: Cohort,
    settings: Clinical,
    seed: int,
    origin: str,
) -> dict[str, object]:
    evaluable, meeting = apply_rule(joined, trial.where)
    here = agents[agents["node"] == trial.agents_for]
    against = here.loc[here["effect"] == AGAINST, "agent"]
    (kind, effect), *_ = trial.effects().items()
    row = {
        **{"trial": name, "node": trial.agents_for, "agents": "; ".join(against)},
        **{"rule": rule_text(trial.where), "endpoint": trial.endpoint},
        **_counts(evaluable, meeting, settings),
        **{"effect_type": kind, "effect": effect, "alpha": trial.alpha, "power": trial.power},
        "allocation": trial.allocation,
    }
    notes = [origin, "" if len(against) else "no agent against the circuit is listed for this node"]
    row |= _prevalence(row, notes)
    control, note = control_arm(joined, trial, cohort.clinical, settings)
    notes.append(note)
    if control is not None:
        row |= {"control": control.text, "control_n": control.patients}
        row |= {"control_from": control.source}
        row |= _sized(trial, control, cohort.clinical, seed, name, notes)
        if "n_enrolled" in row and row["screened_per_enrolled"] is not None:
            # Rounded up, in whole numbers.
            row["n_screened"] = -(-row["n_enrolled"] * row["n_evaluable"] // row["n_meeting"])
    return {**row, "note": "; ".join(filter(None, notes))}


def _prevalence(row: dict[str, object], notes: list[str]) -> dict[str, object]:
    """Share of patients who meet a rule, and its inverse, with Wilson's intervals."""
    from statsmodels.stats.proportion import proportion_confint

    n, met = row["n_evaluable"], row["n_meeting"]
    empty = dict.fromkeys(("prevalence", "screened_per_enrolled"))
    if n is None or met is None:
        notes.append("small counts are suppressed")
        return empty
    if not n:
        notes.append("no patient has all that the rule asks for")
        return empty
    low, high = proportion_confint(met, n, method="wilson")
    share = {"prevalence": met / n, "prevalence_low": low, "prevalence_high": high}
    share["screened_per_enrolled_low"] = 1 / high
    if not met:
        notes.append("no patient meets the rule")
        return {**share, "screened_per_enrolled": None}
    return {
        **share,
        "screened_per_enrolled": n / met,
        "screened_per_enrolled_high": 1 / low,
    }


def _sized(
    trial: Trial,
    control: ControlArm,
    clinical: ClinicalTable,
    seed: int,
    name: str,
    notes: list[str],
) -> dict[str, object]:
    """Size of a trial; random numbers go by its name, so that no other trial changes them."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    design = (trial.allocation, trial.alpha, rng)
    if control.survival is not None:
        per_month = UNIT_PER_MONTH[clinical.endpoints[trial.endpoint].unit]
        accrual, follow_up = (
            per_month * months for months in (trial.accrual_months, trial.follow_up_months)
        )
        if accrual + follow_up > control.longest:
            notes.append("the control arm is extrapolated beyond the cohort's follow-up")
        rejected = trial_size.survival_trials(
            control.survival, trial.hazard_ratio, accrual, follow_up, *design
        )
    elif np.isfinite(control.share):
        rejected = trial_size.response_trials(control.share, trial.odds_ratio, *design)
    else:
        rejected = trial_size.difference_trials(trial.difference, control.deviation, *design)
    size = trial_size.smallest_size(rejected, trial.power)
    if size is None:
        notes.append(f"{trial_size.LARGEST:,} patients do not reach the power")
        return {}
    return {
        "n_enrolled": size.patients,
        "power_reached": size.power,
        "monte_carlo_se": size.error,
    }
