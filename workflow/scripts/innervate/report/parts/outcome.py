"""The clinic: what stands behind the hazard ratios."""

from __future__ import annotations

import pandas as pd

from innervate.clinical.associations import INDEX
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.text import counted, estimate_name
from innervate.statistics.association_models import DOUBTFUL_BELOW, EVENTS_PER_VARIABLE


def survival_models(context: Context) -> list[Block]:
    """What was checked of the Cox models, and where a hazard ratio needs a second look."""
    frame = context.results.clinical.get("survival_models")
    if frame is None or frame.empty:
        return ["No time-to-event endpoint is declared, so that there is no Cox model to check."]
    worrying = _worrying(frame)
    shown = frame[frame["score"].eq(INDEX) | worrying]
    columns = [
        t.renamed("score", context.score_names),
        *map(t.text, ("endpoint", "analysis")),
        t.whole("n", "Patients"),
        t.whole("n_events", "Events"),
        t.decimal("events_per_variable", "Events per variable", 1),
        t.estimate("estimate", "ci_low", "ci_high", "Estimate (95% interval)"),
        t.Column("Estimate is", lambda row: estimate_name(row["estimate_type"]), "text"),
        t.probability("pvalue", "p"),
        t.decimal("concordance", "Concordance"),
        *([t.text("covariates", "Adjusted for")] if frame["covariates"].notna().any() else []),
        t.text("note", "Note", wide=True),
    ]
    caption = (
        "Checks of the Cox models: rows of the circuit index, and rows of other scores that say "
        "that a Cox model is in doubt (set apart). All rows are in clinical/survival_models.tsv."
    )
    marked = shown.assign(worrying=worrying[shown.index])
    table = t.table(marked, columns, caption, lambda row: row["worrying"])
    return [_checked(frame), table]


def _worrying(frame: pd.DataFrame) -> pd.Series:
    """Rows that say that a Cox model is in doubt, or what became of it."""
    test = frame["analysis"].str.startswith(("Proportional hazards", "Nonlinearity"))
    doubtful = test & frame["pvalue"].lt(DOUBTFUL_BELOW)
    periods = frame["analysis"].str.contains(" period", regex=False)
    return doubtful | periods | frame["note"].fillna("").str.contains("does not converge")


def _checked(frame: pd.DataFrame) -> str:
    """A sentence on what was checked, with what came of it."""

    def doubtful(name: str) -> tuple[int, int]:
        tests = frame.loc[frame["analysis"].str.startswith(name), "pvalue"].dropna()
        return int(tests.lt(DOUBTFUL_BELOW).sum()), len(tests)

    hazards, tested = doubtful("Proportional hazards")
    bent, splines = doubtful("Nonlinearity")
    fitted = frame[frame["analysis"].isin(["Cox", "Cox, adjusted"]) & frame["estimate"].notna()]
    few = int(fitted["events_per_variable"].lt(EVENTS_PER_VARIABLE).sum())
    return (
        "Each Cox model was checked. Proportional hazards are doubtful "
        f"(p < {DOUBTFUL_BELOW:g}) in {hazards} of {counted(tested, 'model')}, for which hazard "
        "ratios before and after the median time to the event are given; the log hazard is not a "
        f"straight line (p < {DOUBTFUL_BELOW:g}) in {bent} of {splines}; {few} of "
        f"{len(fitted)} have fewer than {EVENTS_PER_VARIABLE} events per variable and stand beside "
        "Firth's penalized estimate. By chance alone one check in twenty is doubtful. A maximally "
        "selected cut is exploratory, and its "
        "p-value is corrected for the search."
    )
