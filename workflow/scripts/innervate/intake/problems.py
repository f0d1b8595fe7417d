"""Every problem of a run's cohorts that can be found before anything computes."""

from __future__ import annotations

from pathlib import Path

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import Run
from innervate.inputs.checks import check_cohort, input_files, tables_pending
from innervate.inputs.clinical.table import check_clinical
from innervate.prediction.biomarkers import unknown_scores
from innervate.runtime.errors import Problem
from innervate.trials.eligibility import trial_problems


def run_problems(run: Run) -> list[Problem]:
    """Problems of the sheets, the headers of matrices, the clinical tables and the trials."""
    circuit = load_circuit(run.circuit)
    return [
        problem
        for path, cohort in zip(run.config.cohorts, run.cohorts.values(), strict=True)
        for problem in [
            *check_cohort(cohort, path),
            *_clinical_problems(cohort, path, circuit),
        ]
    ]


def _clinical_problems(cohort: Cohort, path: str, circuit: Circuit) -> list[Problem]:
    """Problems in markers and trials, and in the cells of clinical tables that can be read."""
    problems: list[Problem] = []
    read = None
    if cohort.clinical and not tables_pending(cohort):
        problems += unknown_scores(cohort.clinical, circuit, path)
        if all(Path(file).is_file() for file in input_files(cohort)["clinical"]):
            read, _, found = check_clinical(cohort, path)
            problems += found
    if cohort.trials:
        problems += trial_problems(cohort, circuit, path, read)
    return problems
