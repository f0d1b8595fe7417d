"""From everyone in the tables to the patients of the report."""

from __future__ import annotations

import pandas as pd

from innervate.circuit.patients import NO_SAMPLE, NOT_MEASURED, OTHER_TISSUE, STAGE
from innervate.clinical.join import NO_ROW
from innervate.report.context import Context
from innervate.report.suppression import small

EVERYONE, PATIENTS = "everyone", "patients"
WORDS = {
    EVERYONE: "In the sample sheet or the clinical table",
    NO_SAMPLE: "Left out: only in the clinical table, no sample of the circuit's tissues",
    OTHER_TISSUE: "Left out: samples of other tissues only",
    PATIENTS: "Patients of this report",
    NOT_MEASURED: "Of these, no node was measured",
    NO_ROW: "Of these, not in the clinical table",
}


def patient_flow(context: Context) -> pd.Series:
    """Count everyone, those left out by reason, and the patients of the report.

    Parameters
    ----------
    context
        Of a cohort.

    Returns
    -------
    Series
        Patients by key of `WORDS`, in their order, as far as the cohort has them; missing where a
        small count is hidden.
    """
    results = context.results
    excluded = results.exclusions[results.exclusions["level"].eq("patient")]
    reasons = excluded.loc[excluded["stage"].eq(STAGE), "reason"].value_counts()
    left = {key: int(reasons[key]) for key in (NO_SAMPLE, OTHER_TISSUE) if key in reasons}
    counts = {EVERYONE: context.patients + sum(left.values()), **left, PATIENTS: context.patients}
    if results.patients is not None:
        counts[NOT_MEASURED] = int(results.patients["call"].eq(NOT_MEASURED).sum())
    if "joined" in results.clinical:
        counts[NO_ROW] = int(excluded["reason"].eq(NO_ROW).sum())
    flow = pd.Series(counts, dtype="Int64")
    hidden = small(flow, context.below) & (flow.index != PATIENTS)
    # The sum would give a hidden part away.
    hidden[EVERYONE] |= hidden[list(left)].any()
    return flow.mask(hidden)
