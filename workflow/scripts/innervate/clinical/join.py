"""One row a patient: the clinic beside the circuit."""

from __future__ import annotations

import pandas as pd

from innervate.runtime.errors import InnervateError

EXCLUSIONS = ["level", "id", "stage", "reason"]


def join(
    clinical: pd.DataFrame, patients: pd.DataFrame, with_samples: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join the clinical table with the patients' nodes.

    Parameters
    ----------
    clinical
        Of `innervate.inputs.clinical.table.read_clinical`.
    patients
        Contract ``patients``.
    with_samples
        Patients that have a sample.

    Returns
    -------
    tuple
        Contract ``joined``: every patient of either table, sorted; and contract ``exclusions``:
        each patient that only one of the two knows.

    Raises
    ------
    InnervateError
        Where a clinical column is named as a node or another column of the patients.
    """
    taken = sorted(set(clinical.columns) & set(patients.columns) - {"patient"})
    if taken:
        msg = (
            f"clinical names that the circuit's table has too: {', '.join(taken)}; "
            "rename them in the cohort file (under clinical.covariates)"
        )
        raise InnervateError(msg)
    shared = sorted((set(clinical) & set(patients)) - {"patient"})
    if shared:
        msg = f"clinical columns named as a node of the circuit: {', '.join(shared)}; rename them"
        raise InnervateError(msg)
    rows = [
        ("patient", code, "clinical join", "samples, but no row in the clinical table")
        for code in sorted(with_samples - set(clinical["patient"]))
    ]
    rows += [
        ("patient", code, "clinical join", "a row in the clinical table, but no sample")
        for code in sorted(set(clinical["patient"]) - with_samples)
    ]
    joined = clinical.merge(patients, on="patient", how="outer", validate="one_to_one")
    joined = joined.sort_values("patient", kind="stable", ignore_index=True)
    return joined, pd.DataFrame(rows, columns=EXCLUSIONS)
