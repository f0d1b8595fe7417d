"""The answer: each step of the circuit with its numbers, and what they say together in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.evidence import STATUSES, SUGGESTIVE, EdgeRule
from innervate.report.text import (
    count,
    counted,
    is_missing,
    listed,
    number,
    p_value,
    percent,
    plain,
)

ADJUSTED = (
    "One that could not be adjusted for every declared confounder is suggestive at most, and never "
    "contradicted."
)
EFFECTS = {
    "partial_spearman": "partial rank correlation",
    "log_hazard_ratio_per_sd": "log hazard ratio per standard deviation",
    "log_odds_ratio_per_sd": "log odds ratio per standard deviation",
}


@dataclass(frozen=True)
class Step:
    """An edge of the circuit and what is known of it."""

    source: str
    target: str
    names: tuple[str, str]
    """Both ends as they are to be shown."""
    sign: int
    why: str
    """Why it is expected, from the circuit file."""
    status: str
    numbers: str
    """Effect, interval, n, false discovery rate and specificity in words."""
    finding: str
    """The effect in plain words, with its short numbers; empty where there is no estimate."""
    note: str
    unadjusted: tuple[str, ...] = ()
    """Declared confounders that it could not be adjusted for, as they are to be shown."""

    @property
    def title(self) -> str:
        """The edge in words."""
        return f"{self.names[0]} → {self.names[1]}"

    @property
    def expectation(self) -> str:
        """What the circuit expects."""
        return "expected to rise together" if self.sign > 0 else "expected to fall as it rises"


def node_names(circuit: Circuit) -> dict[str, str]:
    """Each node, control and outcome as it is to be shown."""
    nodes = {name: node.label for name, node in circuit.everything().items()}
    return {**nodes, **{name: outcome.label for name, outcome in circuit.outcomes.items()}}


def note_of(value: object, names: Mapping[str, str]) -> str:
    """A note of the circuit's tables, which may begin with a node's or outcome's code."""
    note = "" if is_missing(value) else str(value)
    code, colon, rest = note.partition(": ")
    return f"{names[code]}: {rest}" if colon and code in names else note


def steps(circuit: Circuit, edges: pd.DataFrame | None) -> list[Step]:
    """The circuit's edges in its own order, each with what a cohort's table says of it.

    Parameters
    ----------
    circuit
        The circuit that was asked for.
    edges
        Contract ``edges``, or the same columns over several cohorts; an edge that the table does
        not have was not measured.
    """
    names = node_names(circuit)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in [] if edges is None else edges.to_dict("records"):
        rows[row["source"], row["target"]] = row
    found = []
    for edge in circuit.edges:
        row = rows.get((edge.source, edge.target), {})
        status = row.get("status", "not measurable")
        note = note_of(row.get("note"), names)
        if _parts(row.get("explained_by"), names):
            causes = listed(_parts(row["explained_by"], names))
            note = "; ".join(filter(None, [f"explained by {causes}", note]))
        ends = plain(names[edge.source]), plain(names[edge.target])
        lost = _parts(row.get("unadjusted_for"), names)
        found.append(
            Step(
                source=edge.source,
                target=edge.target,
                names=ends,
                sign=edge.sign,
                why=plain(edge.note),
                status=plain(status),
                numbers=_numbers(row),
                finding=_finding(ends, row, lost),
                note=plain(note),
                unadjusted=lost,
            )
        )
    return found


def _parts(value: object, names: Mapping[str, str]) -> tuple[str, ...]:
    """Names that a cell holds, separated by semicolons, as they are to be shown."""
    parts = [] if is_missing(value) else str(value).split(";")
    return tuple(plain(names.get(part, part)) for part in parts if part)


def _numbers(row: dict[str, Any]) -> str:
    if is_missing(row.get("estimate")):
        return "no estimate"
    kind = EFFECTS.get(row["estimate_type"], plain(row["estimate_type"]))
    parts = [f"{kind} {number(row['estimate'])}"]
    if not (is_missing(row["ci_low"]) or is_missing(row["ci_high"])):
        parts[0] += f" (95% interval {number(row['ci_low'])} to {number(row['ci_high'])})"
    if not is_missing(row.get("k")):
        parts.append(counted(int(row["k"]), "cohort"))
    parts.append(f"n = {count(row['n'])}")
    parts.append(f"FDR {p_value(row['fdr'])}")
    if "specificity" in row and not is_missing(row["specificity"]):
        parts.append(f"specificity {number(row['specificity'])}")
    return ", ".join(parts)


def _finding(ends: tuple[str, str], row: dict[str, Any], lost: tuple[str, ...]) -> str:
    if is_missing(row.get("estimate")):
        return ""
    way = "higher" if row["estimate"] > 0 else "lower"
    unadjusted = f"; not adjusted for {listed(lost)}" if lost else ""
    return (
        f"higher {ends[0]} goes with {way} {ends[1]} "
        f"({number(row['estimate'])}, n = {count(row['n'])}, FDR {p_value(row['fdr'])}{unadjusted})"
    )


def tally_of(found: list[Step]) -> dict[str, int]:
    """How many edges have each status, all statuses in their order."""
    counts = Counter(step.status for step in found)
    return {status: counts[status] for status in STATUSES}


def verdict(found: list[Step], where: str = "in this cohort") -> str:
    """One sentence that the statuses alone decide."""
    counts = tally_of(found)
    supported, contradicted = counts["supported"], counts["contradicted"]
    measured = sum(counts.values()) - counts["not measurable"]
    if not measured:
        return f"The circuit could not be tested {where}."
    suggestive = _suggestive(counts[SUGGESTIVE])
    of = f"of {counted(measured, 'measurable step')} of the circuit"
    if supported and contradicted:
        parts = f"{supported:,} {of} supported, {contradicted:,} contradicted"
        return f"The evidence is mixed: {parts}{suggestive}."
    if supported == measured:
        whole = "The one" if measured == 1 else f"All {measured:,}"
        steps_are = "step of the circuit is" if measured == 1 else "steps of the circuit are"
        return f"{whole} measurable {steps_are} supported {where}."
    if supported:
        parts = f"{supported:,} {of} {_are(supported)} supported {where}"
        return f"{parts}{suggestive}; none is contradicted."
    if contradicted:
        parts = f"{contradicted:,} {_are(contradicted)} contradicted"
        return f"None {of} is supported {where}; {parts}{suggestive}."
    end = suggestive or ": the evidence is inconclusive"
    return f"None {of} is supported or contradicted {where}{end}."


def _are(number_of: int) -> str:
    return "is" if number_of == 1 else "are"


def _suggestive(number_of: int) -> str:
    if not number_of:
        return ""
    it = "it" if number_of == 1 else "them"
    return (
        f"; {number_of:,} {_are(number_of)} suggestive, as not every declared confounder of {it} "
        "could be adjusted for"
    )


def in_words(found: list[Step]) -> list[str]:
    """Sentences that name what was supported, suggestive and contradicted, with its numbers."""
    sentences = []
    for status in ("supported", SUGGESTIVE, "contradicted"):
        mine = [step for step in found if step.status == status]
        if mine:
            facts = "; ".join(step.finding for step in mine)
            sentences.append(f"{status.capitalize()}: {facts}.")
    counts = tally_of(found)
    rest = [
        f"{counts[status]:,} {_are(counts[status])} {status}"
        for status in ("inconclusive", "not measurable")
        if counts[status]
    ]
    if rest:
        sentences.append(f"Of the circuit's {counted(len(found), 'step')}, {listed(rest)}.")
    return sentences


def meaning(rule: EdgeRule) -> str:
    """What it takes to be supported, in words, from the circuit file's rule."""
    parts = [
        f"has the {rule.direction} direction",
        f"has a false discovery rate below {percent(rule.fdr_below)}",
    ]
    if rule.interval_excludes_zero:
        parts.append("has an interval that leaves zero out")
    if rule.specificity_at_least:
        share = percent(rule.specificity_at_least)
        parts.append(f"exceeds that of {share} of matched random gene sets (genes and sets only)")
    if rule.survives_controls:
        parts.append("is not explained away by a control")
    return f"A step is supported where its effect {listed(parts)}. {ADJUSTED}"
