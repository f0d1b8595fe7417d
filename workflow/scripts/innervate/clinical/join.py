"""One row a patient: the clinic beside the circuit."""

from __future__ import annotations

import pandas as pd

from innervate.inputs.clinical.contracts import VALUE_STAGE
from innervate.runtime.errors import InnervateError

EXCLUSIONS = ["level", "id", "stage", "reason"]
NO_ROW = "samples, but no row in the clinical table"


def join(clinical: pd.DataFrame, patients: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join the patients' nodes with what the clinical table says of them.

    Whoever is in the clinical table and is not a patient of the circuit is in no analysis, also
    where a question needs no node: all numbers of a report are of the same patients.

    Parameters
    ----------
    clinical
        Of `innervate.inputs.clinical.table.read_clinical`.
    patients
        Contract ``patients``.

    Returns
    -------
    tuple
        Contract ``joined``: every patient of `patients`, sorted; and contract ``exclusions``: each
        whom the clinical table does not know.

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
        ("patient", code, "clinical join", NO_ROW)
        for code in sorted(set(patients["patient"]) - set(clinical["patient"]))
    ]
    joined = clinical.merge(patients, on="patient", how="right", validate="one_to_one")
    joined = joined.sort_values("patient", kind="stable", ignore_index=True)
    return joined, pd.DataFrame(rows, columns=EXCLUSIONS)


def of_patients(exclusions: pd.DataFrame, joined: pd.DataFrame) -> pd.DataFrame:
    """Exclusions without the missing values of people who are in no analysis anyway.

    Parameters
    ----------
    exclusions
        Of `innervate.inputs.clinical.table.read_clinical`.
    joined
        Of `join`.
    """
    of_value = exclusions["stage"].str.startswith(VALUE_STAGE)
    return exclusions[~of_value | exclusions["id"].isin(joined["patient"])]
