"""What the index and the synthesis say of each cohort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.evidence import STATUSES
from innervate.report import tables as t
from innervate.report.answer import Step, steps, tally_of
from innervate.report.text import plain


@dataclass(frozen=True)
class CohortFacts:
    """A cohort in one row."""

    name: str
    """Its folder under the results."""
    title: str
    tumor_type: str
    patients: int
    samples: int
    steps: list[Step]
    """The circuit's edges with what the cohort says of each."""


def cohort_facts(
    about: Mapping[str, Sequence[str]],
    samples: Iterable[pd.DataFrame],
    patients: Iterable[pd.DataFrame],
    edges: Iterable[pd.DataFrame],
    circuit: Circuit,
) -> list[CohortFacts]:
    """Count each cohort's patients, samples and edges by status.

    Parameters
    ----------
    about
        Title and tumor type by cohort, in the order of the config.
    samples, patients, edges
        Contracts of those names, a table a cohort in the same order.
    circuit
        The circuit that was asked for.
    """
    return [
        CohortFacts(
            name=name,
            title=plain(title),
            tumor_type=plain(tumor_type),
            patients=len(who),
            samples=len(here),
            steps=steps(circuit, tested),
        )
        for (name, (title, tumor_type)), here, who, tested in zip(
            about.items(), samples, patients, edges, strict=True
        )
    ]


def cohort_table(cohorts: list[CohortFacts], folder: str) -> t.Table:
    """All cohorts, each with a link to its report.

    Parameters
    ----------
    cohorts
        In the order of the config.
    folder
        The results folder, relative to the page, for example ``../``.
    """
    rows = []
    for cohort in cohorts:
        counts = {status.replace(" ", "_"): n for status, n in tally_of(cohort.steps).items()}
        rows.append({
            "cohort": cohort.title, "tumor_type": cohort.tumor_type or None,
            "patients": cohort.patients, "samples": cohort.samples, **counts,
            "href": f"{folder}{cohort.name}/report.html",
        })  # fmt: skip
    columns = [
        t.text("cohort", "Cohort"),
        t.text("tumor_type", "Tumor type"),
        t.whole("patients", "Patients"),
        t.whole("samples", "Samples"),
        *(t.whole(status.replace(" ", "_"), status.capitalize()) for status in STATUSES),
    ]
    caption = "Cohorts, and the steps of the circuit by what each cohort says of them."
    return t.table(pd.DataFrame(rows), columns, caption, link=lambda row: row["href"])
