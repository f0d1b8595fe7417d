"""The report over all cohorts: pooled edges and associations, how far cohorts agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.evidence import SUGGESTIVE
from innervate.report import answer
from innervate.report.cohorts import CohortFacts
from innervate.report.figures.circuit import drawing, key
from innervate.report.page import Answer, Page, Part, assemble
from innervate.report.parts import synthesis as parts
from innervate.report.text import counted, listed, percent, plain

FEW_COHORTS = 5
WHERE = "over the cohorts"


@dataclass(frozen=True)
class SynthesisResults:
    """The tables of a synthesis, by contract, and its cohorts."""

    edges: pd.DataFrame
    associations: pd.DataFrame
    forest: pd.DataFrame
    moderators: pd.DataFrame
    cohorts: list[CohortFacts]


def render_synthesis(results: SynthesisResults, circuit: Circuit) -> str:
    """Render the report; it lies in ``synthesis`` under the results folder.

    Parameters
    ----------
    results
        The tables and cohorts.
    circuit
        The circuit that was asked for.

    Returns
    -------
    str
        A whole HTML document; equal arguments give equal bytes.
    """
    pooled = with_status(results.edges, circuit)
    steps = answer.steps(circuit, pooled)
    known = pooled[pooled["status"] != "not measurable"]
    measured = set(known["source"]) | set(known["target"])
    found = Answer(
        verdict=answer.verdict(steps, WHERE),
        words=[*answer.in_words(steps), *_meaning(circuit)] if steps else [],
        steps=steps,
        drawing=drawing(circuit, steps, measured) if steps else None,
        key=key(),
    )
    names = {**answer.node_names(circuit), "circuit_index": "Circuit index"}
    titles = {cohort.name: cohort.title for cohort in results.cohorts}
    page = Page(
        kind="Synthesis of cohorts",
        title="All cohorts together",
        answer=found,
        facts=[
            ("Asked", [plain(f"{circuit.title} (doi:{circuit.doi}): does it hold over cohorts?")]),
            ("Of", [_size(results.cohorts)]),
            ("Limits", _limits(results)),
        ],
        parts=[
            Part("cohorts", "Cohorts", "Cohorts", parts.cohorts(results.cohorts)),
            Part(
                "edges", "Each edge", "Evidence", parts.edges(pooled, results.forest, names, titles)
            ),
            Part("types", "By tumor type", "Evidence", parts.types(results.moderators, names)),
            Part(
                "associations",
                "Clinical associations",
                "Clinic",
                parts.associations(results.associations, results.forest, names, titles),
            ),
            Part("methods", "Methods", "Methods", [parts.METHODS]),
        ],
        up="../index.html",
    )
    return assemble(page)


def with_status(edges: pd.DataFrame, circuit: Circuit) -> pd.DataFrame:
    """Give each pooled edge a status by its direction, false discovery rate and adjustment.

    A mean that rests on a cohort which lost a declared confounder is suggestive at most.

    Parameters
    ----------
    edges
        Contract ``synthesis_edges``.
    circuit
        Whose rules say how small the false discovery rate must be.
    """
    known = edges["estimate"].notna()
    expected = np.sign(edges["estimate"].astype(float)) == edges["expected_sign"]
    rules, fdr = circuit.evidence, edges["fdr"].astype(float)
    adjusted = edges["k_unadjusted"].eq(0)
    meets = expected & (fdr < rules.supported.fdr_below)
    status = np.select(
        [
            ~known,
            meets & adjusted,
            meets,
            ~expected & (fdr < rules.contradicted.fdr_below) & adjusted,
        ],
        ["not measurable", "supported", SUGGESTIVE, "contradicted"],
        "inconclusive",
    )
    return edges.assign(status=status)


def _meaning(circuit: Circuit) -> list[str]:
    below = percent(circuit.evidence.supported.fdr_below)
    return [
        "Here a step is supported where its mean over cohorts has the expected direction and a "
        f"false discovery rate below {below}; specificity and controls are judged in each cohort. "
        "Where a cohort of it lost a declared confounder, it is suggestive at most.",
        "A mean over cohorts of observational data does not prove a cause.",
    ]


def _size(cohorts: list[CohortFacts]) -> str:
    patients = sum(cohort.patients for cohort in cohorts)
    names = listed(cohort.title for cohort in cohorts)
    return f"{counted(len(cohorts), 'cohort')} with {counted(patients, 'patient')}: {names}."


def _limits(results: SynthesisResults) -> list[str]:
    sentences = []
    if len(results.cohorts) < FEW_COHORTS:
        sentences.append(
            f"With {counted(len(results.cohorts), 'cohort')}, how much cohorts differ can hardly "
            "be estimated, and intervals are wide."
        )
    alone = int((results.edges["k"] == 1).sum())
    if alone:
        sentences.append(f"One cohort alone estimates {counted(alone, 'edge')}: nothing is pooled.")
    sentences.append(
        "Cohorts that were chosen for what they showed, or that share patients, would bias a mean; "
        "neither can be seen in these tables."
    )
    return sentences
