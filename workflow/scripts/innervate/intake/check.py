"""A cohort checked in seconds: its problems, what it can measure, and what that would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import Run, load_run, read_yaml
from innervate.inputs.annotation import TEXT_FORMATS, no_samples
from innervate.inputs.samples import check_samples, read_clinical_rows
from innervate.intake.cost import benchmarks, cost_table, planned_jobs
from innervate.intake.guess import tissue_of
from innervate.intake.measurable import Measurable, measurable
from innervate.intake.problems import run_problems
from innervate.intake.register import CONFIG, by_hand, is_registered
from innervate.runtime.errors import InnervateError, raise_if_any


def cohort_path(name: str) -> str:
    """The file of a cohort: a path as it is, or a name in config/cohorts.

    Raises
    ------
    InnervateError
        Where there is none.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else Path(f"config/cohorts/{name}.yaml")
    if not path.is_file():
        here = ", ".join(sorted(one.stem for one in Path("config/cohorts").glob("*.yaml")))
        msg = f"{path}: no such cohort file; in config/cohorts: {here or 'none'}"
        raise InnervateError(f"{msg}; `innervate cohort new` makes one")
    return str(path)


def one_cohort_run(path: str) -> Run:
    """The run of one cohort under the working directory's config.

    Raises
    ------
    InputError
        With every problem of the config, the cohort file and the tables that it names.
    """
    config: Mapping[str, Any] = {}
    if CONFIG.is_file():
        config, problems = read_yaml(CONFIG)
        raise_if_any(problems)
    run = load_run({**config, "cohorts": [path]}, str(CONFIG))
    raise_if_any(run_problems(run))
    return run


def check(name: str, cost: bool = True) -> Iterator[str]:
    """Check a cohort and say what it can measure and would cost, line by line.

    Parameters
    ----------
    name
        Of the cohort, or its file.
    cost
        Whether to ask the workflow for the jobs too, which takes some seconds more.

    Raises
    ------
    InputError
        With every problem.
    """
    path = cohort_path(name)
    if not is_registered(path):
        yield f"warning: {by_hand(path)}"
    run = one_cohort_run(path)
    (key, cohort), circuit = next(iter(run.cohorts.items())), load_circuit(run.circuit)
    if cohort.simulation and not Path(cohort.samples.table).is_file():
        yield f"{key}: no problems; a simulated cohort, whose tables the run makes first"
    else:
        samples = check_samples(cohort, path)[0]
        yield f"{key}: no problems"
        yield from _doubtful(cohort, samples)
        found = measurable(cohort, path, samples, circuit, run.settings[key])
        yield from _patients(cohort, samples, set(found.patients), set(found.nodes["tissue"]))
        yield from _samples(samples)
        yield from _measurable(found, circuit.title)
        yield from _differential(cohort)
    if cost:
        yield from _cost(planned_jobs(path), benchmarks(Path("benchmarks")))


def _doubtful(cohort: Cohort, samples: pd.DataFrame) -> Iterator[str]:
    """Samples of the sheet whose columns look like none: the sheet is followed, and it is said."""
    bulk = set(samples.loc[samples["assay"] == "bulk", "sample"])
    for matrix in cohort.bulk.matrices if cohort.bulk else []:
        if matrix.format not in TEXT_FORMATS or matrix.samples_in_rows:
            continue
        for name, what in no_samples(matrix).items():
            if name in bulk:
                yield (
                    f"warning: {matrix.path}: column {name} is a sample, as "
                    f"{cohort.samples.table} lists it, but looks like none: {what}"
                )


def _tissues(sampled: set[str], measured: set[str]) -> Iterator[str]:
    """Tissues written otherwise than the circuit writes them, and samples of none of its own."""
    for tissue in sorted(sampled - measured):
        if tissue_of(tissue) in measured:
            yield (
                f"warning: tissue {tissue} is not the circuit's {tissue_of(tissue)}; if it is "
                f"meant, recode it under `samples`: values: {{tissue: {{{tissue}: "
                f"{tissue_of(tissue)}}}}}; or correct it where it stands"
            )
    if not sampled & measured:
        yield (
            f"warning: the samples are of {', '.join(sorted(sampled))}, and the circuit measures "
            f"{', '.join(sorted(measured))}: nothing of it can be measured in them"
        )


def _patients(
    cohort: Cohort, samples: pd.DataFrame, patients: set[str], tissues: set[str]
) -> Iterator[str]:
    """How many patients the report will be of, and who is left out."""
    yield from _tissues(set(samples["tissue"]), tissues)
    yield _count(len(patients), "patient")
    elsewhere = set(samples["patient"]) - patients
    if elsewhere:
        who = _count(len(elsewhere), "patient")
        yield f"  left out: {who} without a sample of a tissue that the circuit measures"
    if cohort.clinical:
        registry = set(read_clinical_rows(cohort)[0][cohort.clinical.patient])
        others = registry - patients - elsewhere
        if others:
            who = _count(len(others), "patient")
            yield f"  left out: {who} of the clinical table without a sample or an assay"
        unknown = patients - registry
        if unknown:
            yield f"  {_count(len(unknown), 'patient')} without a row in {cohort.clinical.table}"
    if cohort.baseline and "timepoint" in samples:
        early = samples.loc[samples["timepoint"] == cohort.baseline, "patient"]
        late = set(samples["patient"]) & patients - set(early)
        if late:
            who = _count(len(late), "patient")
            yield f"  {who} without a sample of timepoint {cohort.baseline} (the key `baseline`)"


def _samples(samples: pd.DataFrame) -> Iterator[str]:
    for (assay, tissue), rows in samples.groupby(["assay", "tissue"]):
        what = assay.replace("_", " ")
        whose = _count(rows["patient"].nunique(), "patient")
        yield f"  {_count(len(rows), f'{what} sample')} of {tissue}, {whose}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _measurable(found: Measurable, title: str) -> Iterator[str]:
    yield f"\nNodes and controls of {title}"
    for name, node in found.nodes.iterrows():
        measured = node["status"] == "measured"
        yield f"  {_mark(measured)} {name}: {node['measure'] if measured else node['reason']}"
    yield "\nOutcomes"
    for row in found.outcomes.itertuples():
        facts = f"{row.patients} patients" + (f", {row.reason}" if row.reason else "")
        yield f"  {_mark(row.possible)} {row.outcome}: {facts if row.possible else row.reason}"
    yield "\nEdges"
    for row in found.edges.itertuples():
        facts = f"{row.patients} patients" if row.possible else row.reason
        yield f"  {_mark(row.possible)} {row.edge}: {facts}"
    yield "\nWhether genes are expressed and cell types found in enough samples is seen in the run."


def _mark(possible: bool) -> str:
    return "can   " if possible else "cannot"


def _differential(cohort) -> Iterator[str]:
    yield "\nDifferential expression"
    if cohort.bulk and cohort.bulk.matrices[0].unit != "counts":
        yield f"  {_mark(False)} bulk: the matrix holds {cohort.bulk.matrices[0].unit}, not counts"
    asked = [
        f"{assay.replace('_', ' ')} {name}"
        for assay in ("bulk", "single_cell")
        for name in (getattr(cohort, assay).contrasts if getattr(cohort, assay) else ())
    ]
    keys = [f"{one}.contrasts" for one in ("bulk", "single_cell") if getattr(cohort, one)]
    nothing = f"nothing; contrasts are declared under {' or '.join(keys)}"
    yield f"  asked for: {', '.join(asked) or nothing}"


def _cost(jobs: pd.DataFrame, earlier: pd.DataFrame) -> Iterator[str]:
    table = cost_table(jobs, earlier)
    yield f"\nCost: {len(jobs)} jobs to run"
    yield f"  {'rule':28}{'jobs':>5}{'memory':>10}{'at most':>10}{'earlier':>12}"
    for row in table.itertuples():
        memory = "by input" if pd.isna(row.mem_mb) else f"{row.mem_mb:.0f} MB"
        before = "" if pd.isna(row.seconds) else f"{row.seconds:.0f} s"
        limit = "by input" if pd.isna(row.limit) else f"{row.limit:.0f} min"
        yield f"  {row.rule:28}{row.jobs:>5}{memory:>10}{limit:>10}{before:>12}"
    yield "  at most: the time limit of the jobs on a cluster; most take far less"
    if table[["mem_mb", "limit"]].isna().any(axis=None):
        yield "  by input: set in the run, by the size of files that are still to be made"
    if table["seconds"].notna().any():
        minutes = table["seconds"].sum() / 60
        yield f"  earlier: about {minutes:.0f} minutes on one core, by the mean of each rule in "
        yield "  earlier runs (benchmarks/); larger cohorts take longer"
