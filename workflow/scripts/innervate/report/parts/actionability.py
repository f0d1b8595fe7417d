"""What could be acted on: agents at each step of the circuit, and what a trial would need."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.trials import prevalence
from innervate.report.text import MISSING, count, counted, is_missing, listed, number, plain

DISCLAIMER = (
    "Research use only. No patient is named and nothing here is advice for one. That an agent acts "
    "at a step of the circuit does not show that it helps in this cancer; the effects of the "
    "trials are assumed, and a control arm is taken to fare as this cohort did. Scores are "
    "relative to this cohort: a trial would need an assay with a cut-off of its own."
)
EFFECTS = {"against": "interrupts it", "with": "opposes its protective arm"}
ASSUMED = {
    "hazard_ratio": "hazard ratio {}",
    "odds_ratio": "odds ratio {}",
    "difference": "{} points less pain",
}


def actionability(context: Context) -> list[Block]:
    """Agents, the patients who would enter a trial of them, and its size; counts only."""
    agents = context.results.clinical.get("agents")
    trials = context.results.clinical.get("trials")
    if agents is None or trials is None:
        return [
            "The cohort has no clinical table, so that no trial in patients chosen by their "
            "circuit was thought through."
        ]
    blocks: list[Block] = [DISCLAIMER, *_agents(context, agents)]
    if trials.empty:
        return [*blocks, "No trial was declared, and there is no endpoint for an example."]
    if trials["prevalence"].notna().any():
        blocks.append(prevalence(trials))
    return [*blocks, _trials(context, trials)]


def _agents(context: Context, agents: pd.DataFrame) -> list[Block]:
    bare = [node.label for name, node in context.circuit.nodes.items()
            if name not in set(agents["node"])]  # fmt: skip
    lacking = f"No agent is listed for: {listed(map(plain, bare))}." if bare else ""
    if agents.empty:
        return ["No agent is listed for any node of this circuit."]
    columns = [
        t.renamed("node", context.names),
        t.text("agent"),
        t.text("class"),
        t.Column("Targets", _targets, "text"),
        t.Column("On the circuit", lambda row: EFFECTS.get(row["effect"], MISSING), "text"),
        t.Column("Status", _status, "text"),
        t.text("indication"),
        t.Column("Patients who meet a rule", _meeting),
        t.text("confidence"),
        t.text("source", wide=True),
        t.text("note", wide=True),
    ]
    caption = (
        "Agents by the node they act on, from a list curated by hand. Confidence says whether a "
        "fact was read in its source or recalled and not verified. Agents that oppose the "
        "circuit's protective arm are set in bold: by its logic they would do harm."
    )
    table = t.table(agents, columns, caption, lambda row: row["effect"] == "with")
    return [table, *([lacking] if lacking else [])]


def _targets(row: t.Row) -> str:
    return plain(row["target_genes"]).replace(";", ", ")


def _status(row: t.Row) -> str:
    year = "" if is_missing(row["year"]) else f", {int(row['year'])}"
    return f"{plain(row['status'])}{year}"


def _meeting(row: t.Row) -> str:
    if is_missing(row["n_meeting"]):
        return MISSING
    return f"{count(row['n_meeting'])} of {count(row['n_evaluable'])}"


def _trials(context: Context, trials: pd.DataFrame) -> t.Table:
    columns = [
        t.text("trial"),
        t.renamed("node", context.names),
        t.text("rule", "Would enter", wide=True),
        t.Column("Patients", _meeting),
        t.estimate(
            "screened_per_enrolled", "screened_per_enrolled_low", "screened_per_enrolled_high",
            "Screened for one (95% interval)",
        ),
        t.text("endpoint"),
        t.Column("Control arm", _control, "wide"),
        t.Column("Assumed", _assumed, "text"),
        t.whole("n_enrolled", "To enroll"),
        t.whole("n_screened", "To screen"),
        t.Column("Power (Monte-Carlo error)", _power),
        t.text("note", wide=True),
    ]  # fmt: skip
    caption = (
        f"{counted(len(trials), 'trial')} of two arms, sized by simulation. Patients: those who "
        "meet the rule, of those with all that it asks for. To enroll: both arms together. To "
        "screen: patients in whom all that the rule asks for can be had."
    )
    return t.table(trials, columns, caption)


def _control(row: t.Row) -> str:
    if is_missing(row["control"]):
        return MISSING
    patients = counted(int(row["control_n"]), "patient")
    return f"{plain(row['control'])} (from {patients}, {plain(row['control_from'])})"


def _assumed(row: t.Row) -> str:
    return ASSUMED.get(row["effect_type"], "{}").format(f"{row['effect']:g}")


def _power(row: t.Row) -> str:
    if is_missing(row["power_reached"]):
        return MISSING
    return f"{number(row['power_reached'], 3)} ({number(row['monte_carlo_se'], 3)})"
