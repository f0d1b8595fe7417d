"""Data contracts: agents and trials."""

from __future__ import annotations

from innervate.runtime.contract import Table, columns

AGENTS = Table(
    "agents",
    "clinical/agents.tsv",
    "an agent at a node",
    (
        *columns("text", True, node="of the circuit file"),
        *columns("boolean", True, measured="whether the cohort measures the node"),
        *columns("text", True, agent="name"),
        *columns(
            "text",
            **{"class": "kind of agent"},
            target_genes="human symbols, separated by semicolons",
            effect="against or with the circuit",
            status="of development",
        ),
        *columns("integer", year="of the approval that status names"),
        *columns("text", indication="approved or tried for"),
        *columns(
            "integer",
            n_evaluable="patients in whom a rule at the node can be applied",
            n_meeting="patients who meet one; missing where suppressed",
        ),
        *columns(
            "text",
            rules="trials at the node, separated by semicolons",
            source="where the facts stand",
            confidence="text read, or recalled",
            note="limits",
        ),
    ),
)

TRIALS = Table(
    "trials",
    "clinical/trials.tsv",
    "a trial that was thought through",
    (
        *columns("text", True, trial="name", node="whose agents it would test"),
        *columns("text", agents="against the circuit at the node"),
        *columns("text", True, rule="who would enter", endpoint="as declared"),
        *columns(
            "integer",
            n_evaluable="patients with all that the rule asks for",
            n_meeting="of these, patients who meet it; missing where suppressed",
        ),
        *columns(
            "number",
            prevalence="share who meet it",
            prevalence_low="Wilson's 95 % interval, low",
            prevalence_high="Wilson's 95 % interval, high",
            screened_per_enrolled="patients to screen for one who meets the rule",
            screened_per_enrolled_low="95 % interval, low",
            screened_per_enrolled_high="95 % interval, high",
        ),
        *columns("text", control="what the control arm is taken to be like"),
        *columns("integer", control_n="patients it was estimated from"),
        *columns(
            "text",
            control_from="those who meet the rule, or the whole cohort",
        ),
        *columns("text", True, effect_type="hazard_ratio, odds_ratio or difference"),
        *columns(
            "number",
            True,
            effect="assumed",
            alpha="two-sided level",
            power="wanted",
            allocation="share with the agent",
        ),
        *columns(
            "integer",
            n_enrolled="patients of both arms",
            n_screened="patients to screen for them",
        ),
        *columns(
            "number",
            power_reached="in simulated trials of that size",
            monte_carlo_se="its standard error",
        ),
        *columns("text", note="limits"),
    ),
)
