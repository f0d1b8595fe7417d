"""Data contracts: the clinical table."""

from __future__ import annotations

from innervate.runtime.contract import PATIENT, Table, columns

PAIN_OVER_TIME = Table(
    "pain_over_time",
    "clinical/pain_over_time.tsv",
    "a measurement of pain",
    (
        PATIENT,
        *columns("text", True, pain="as declared"),
        *columns("number", True, days="since baseline", value_0_10="0 none, 10 worst"),
        *columns(
            "number",
            change="points since baseline; a worsening where a patient's last one reaches "
            "`worsening` of the cohort file (2 by default)",
        ),
    ),
)

CLINICAL = Table("clinical", "clinical/clinical.tsv", "a patient of the clinical table", (PATIENT,))

VALUE_STAGE = "clinical: "
"""How the stage of an exclusion begins that is a value missing in a patient."""
