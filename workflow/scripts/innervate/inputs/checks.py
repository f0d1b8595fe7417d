"""Checks of a cohort's tables that take seconds, made before anything computes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from innervate.config.cohort import PER_SAMPLE_FORMATS, Cohort
from innervate.config.contrast import Contrast
from innervate.config.remote import is_copy, is_pending
from innervate.genes.cell_types import load_cell_types
from innervate.inputs.annotation import no_samples, unnamed_problems
from innervate.inputs.bulk import sample_files, sample_problems
from innervate.inputs.cell_samples import cell_paths, cell_sources, source_problems
from innervate.inputs.codes import Place, code_problems
from innervate.inputs.fastq import reads_problems, samples_with_reads, section_problems
from innervate.inputs.readers import sample_names
from innervate.inputs.samples import check_samples, read_clinical_rows, sheet_column
from innervate.inputs.tables import missing_columns, read_any_table
from innervate.runtime.damage import damage_problems
from innervate.runtime.errors import InputError, Problem

SHOWN = 2
"""Codes shown as examples."""


def input_files(cohort: Cohort) -> dict[str, list[str]]:
    """Files on disk that each stage of a cohort reads.

    Parameters
    ----------
    cohort
        A validated cohort.

    Returns
    -------
    dict
        ``samples``, ``bulk``, ``single_cell``, ``reads`` and ``clinical``, each a list of paths,
        as the cohort gives them; the FASTQ files themselves are not among them.
    """
    stages = ("samples", "bulk", "single_cell", "reads", "clinical")
    files: dict[str, list[str]] = {stage: [] for stage in stages}
    files["samples"] = [cohort.samples.table]
    if cohort.clinical:
        files["clinical"] = [cohort.clinical.table]
        repeats = [pain.repeats for pain in cohort.clinical.pain.values() if pain.repeats]
        files["clinical"] += [one.table for one in repeats]
        if cohort.samples.from_clinical:
            files["samples"].append(cohort.clinical.table)
    for matrix in cohort.bulk.matrices if cohort.bulk else []:
        if matrix.format in PER_SAMPLE_FORMATS:
            files["bulk"] += _per_sample_files(cohort, matrix)
        elif matrix.format != "reads":
            files["bulk"].append(matrix.path)
        if matrix.transcripts:
            files["bulk"].append(matrix.transcripts)
    if cohort.single_cell:
        files["single_cell"] = _cell_files(cohort)
    if cohort.reads:
        reads = cohort.reads
        files["reads"] = [reads.table, reads.genome, reads.annotation]
        files["reads"] += [reads.transcriptome] if reads.transcriptome else []
    return files


def tables_pending(cohort: Cohort) -> bool:
    """Whether the sample sheet, or the table that it takes columns from, is still to be fetched."""
    clinical = cohort.clinical.table if cohort.samples.from_clinical and cohort.clinical else ""
    return is_pending(cohort.samples.table) or is_pending(clinical)


def fetched_first(cohort: Cohort) -> None:
    """Refuse to list files of a sample sheet that is still to be fetched.

    Raises
    ------
    InputError
        Saying how to fetch it.
    """
    if tables_pending(cohort):
        found = "the sample sheet (or the table it takes columns from) is still to be fetched"
        fix = "fetch it first with the target `fetch`: snakemake --cores 1 fetch"
        sheet = cohort.samples.table
        raise InputError([Problem(sheet, "", found, "a sheet that names each file", fix)])


def fetched_files(cohort: Cohort) -> list[str]:
    """Local copies that the sample sheet asks for, where the sheet is here."""
    if tables_pending(cohort):
        return []
    files = [path for paths in input_files(cohort).values() for path in paths]
    return [path for path in files if is_copy(path)]


def _cell_files(cohort: Cohort) -> list[str]:
    fetched_first(cohort)
    model = cohort.single_cell.celltypist
    files = [model.model] if model else []
    samples, _, problems = check_samples(cohort, cohort.title)
    # A simulated cohort's cells are one folder, as its rule makes them.
    if problems or cohort.simulation:
        return files
    try:
        sources = cell_sources(cohort, samples)
        for sample, source in sources.items():
            files += cell_paths(source, samples, sample)
    except InputError:
        # Reported by `check_cohort`.
        return files
    return list(dict.fromkeys(files))


def _per_sample_files(cohort: Cohort, matrix) -> list[str]:
    fetched_first(cohort)
    samples, _, problems = check_samples(cohort, cohort.title)
    if problems:
        return []
    bulk = samples[samples["assay"] == "bulk"]
    return [str(path) for path in sample_files(matrix, bulk).values()]


def check_cohort(cohort: Cohort, cohort_file: str) -> list[Problem]:
    """Check the sheet, the clinical table and the matrices' headers against each other.

    Parameters
    ----------
    cohort
        A validated cohort.
    cohort_file
        Name to show in problems.

    Returns
    -------
    list
        Every problem. Of tables that are still to be simulated or fetched: none.
    """
    if cohort.simulation and not Path(cohort.samples.table).is_file():
        return []
    if tables_pending(cohort):
        return []
    samples, _, problems = check_samples(cohort, cohort_file)
    at_odds = section_problems(cohort, cohort_file)
    if at_odds:
        return [*problems, *at_odds]
    try:
        files = input_files(cohort)
        absent = [
            Problem(cohort_file, "", f"no file {path}", "a file that is there")
            for path in dict.fromkeys(path for paths in files.values() for path in paths)
            if not Path(path).is_file()
            and path != cohort.samples.table
            and not cohort.simulation
            and not is_pending(path)
        ]
    except InputError as error:
        absent = error.problems
    problems += absent
    broken = [] if absent else damage_problems([*files["bulk"], *files["single_cell"]])
    if broken:
        # Nothing more can be said of what can't be read.
        return list(dict.fromkeys([*problems, *broken]))
    if not samples.empty:
        if cohort.reads and Path(cohort.reads.table).is_file():
            problems += reads_problems(cohort, samples)
        if cohort.bulk and not absent:
            problems += _matrix_problems(cohort, samples)
        problems += _assay_problems(cohort, samples, cohort_file)
        problems += _contrast_problems(cohort, samples, cohort_file)
        problems += _timepoint_problems(cohort, samples, cohort_file)
    if cohort.clinical and Path(cohort.clinical.table).is_file():
        problems += _clinical_problems(cohort, samples, cohort_file)
    return list(dict.fromkeys(problems))


def _matrix_problems(cohort: Cohort, samples: pd.DataFrame) -> list[Problem]:
    found, bulk = [], samples["assay"] == "bulk"
    seen: dict[str, str] = {}
    unnamed: list[Problem] = []
    for matrix in cohort.bulk.matrices:
        if matrix.path and is_pending(matrix.path):
            return []
        if matrix.format in PER_SAMPLE_FORMATS:
            found.append(list(samples.loc[bulk, "sample"]))
        elif matrix.format == "reads":
            held = samples_with_reads(cohort)
            found.append([name for name in samples.loc[bulk, "sample"] if name in held])
        elif matrix.format == "h5ad":
            import anndata as ad

            found.append(list(map(str, ad.read_h5ad(matrix.path, backed="r").obs_names)))
        else:
            found.append(sample_names(matrix))
            unnamed += unnamed_problems(matrix)
            # Numbers are read only where a column asks what it is.
            asked = set(found[-1]) - {*samples["sample"], *cohort.samples.exclude}
            if asked and not matrix.samples_in_rows:
                seen |= no_samples(matrix)
    return [*unnamed, *sample_problems(cohort, samples, found, seen)]


def _assay_problems(cohort: Cohort, samples: pd.DataFrame, file: str) -> list[Problem]:
    problems = []
    present = set(samples["assay"])
    for assay, part in (("bulk", cohort.bulk), ("single_cell", cohort.single_cell)):
        if part and assay not in present:
            found = f"no sample of assay {assay} in {cohort.samples.table}"
            problems.append(Problem(file, assay, found, "at least one"))
        elif assay in present and not part:
            found = f"nothing, with {assay} samples in {cohort.samples.table}"
            expected = "where their counts are"
            fix = "or list the samples under samples.exclude"
            problems.append(Problem(file, assay, found, expected, fix))
    if not cohort.single_cell:
        return problems
    known = load_cell_types().known
    for key in ("labels", "celltypist"):
        declared = getattr(cohort.single_cell, key)
        for label, kind in declared.values.items() if declared else ():
            if kind not in known:
                where = f"single_cell.{key}.values.{label}"
                problems.append(Problem(file, where, kind, f"one of: {', '.join(known)}"))
    fixed = (cohort.settings.get("cell_qc") or {}).get("fixed_by_sample") or {}
    problems += [
        Problem(file, f"settings.cell_qc.fixed_by_sample.{name}", "no such sample",
                "a sample of the sheet")
        for name in map(str, fixed)
        if name not in set(samples["sample"])
    ]  # fmt: skip
    if "single_cell" in present and not cohort.simulation:
        problems += source_problems(cohort, samples)
    return problems


def _timepoint_problems(cohort: Cohort, samples: pd.DataFrame, file: str) -> list[Problem]:
    times = sorted(set(samples["timepoint"]) - {""})
    if len(times) > 1 and cohort.baseline is None and cohort.clinical:
        found = f"nothing, with timepoints {', '.join(times)} in the sheet"
        return [Problem(file, "baseline", found, "the timepoint that stands for the patient")]
    return []


def _contrast_problems(cohort: Cohort, samples: pd.DataFrame, file: str) -> list[Problem]:
    problems = []
    questions = [
        (f"{assay}.contrasts.{name}", contrast, samples[samples["assay"] == assay])
        for assay in ("bulk", "single_cell")
        if getattr(cohort, assay)
        for name, contrast in getattr(cohort, assay).contrasts.items()
    ]
    for where, contrast, mine in questions:
        columns = [*contrast.terms, *contrast.subset, *contrast.reference, *contrast.continuous]
        wanted = dict.fromkeys(columns)
        lacking = [column for column in wanted if column not in samples.columns]
        expected = f"a column of the sample table: {', '.join(samples.columns)}"
        fix = "carry it along with samples.keep or samples.from_clinical"
        problems += [Problem(file, where, f"column {column}", expected, fix) for column in lacking]
        if not lacking:
            problems += _level_problems(contrast, mine, file, where)
    return problems


def _level_problems(
    contrast: Contrast, samples: pd.DataFrame, file: str, where: str
) -> list[Problem]:
    problems = []

    def need(column: str, level: str, rows: pd.DataFrame) -> None:
        levels = sorted(set(rows[column]) - {""})
        if level not in levels:
            expected = f"a value of {column}: {', '.join(levels[:8])}"
            problems.append(Problem(file, where, f"{column} {level!r}", expected))

    chosen = samples
    for column, levels in contrast.subset.items():
        for level in levels:
            need(column, level, samples)
        chosen = chosen[chosen[column].isin(levels)]
    if problems:
        return problems
    for level in filter(None, (contrast.numerator, contrast.denominator)):
        need(contrast.variable, level, chosen)
    for column, level in {**(contrast.interaction or {}), **contrast.reference}.items():
        need(column, level, chosen)
    for column in contrast.continuous:
        values = chosen.loc[chosen[column] != "", column]
        odd = values[pd.to_numeric(values, errors="coerce").isna()]
        problems += [
            Problem(file, where, f"{column} of sample {chosen.loc[row, 'sample']}: {value[:20]!r}",
                    "a number, as the column is declared continuous")
            for row, value in odd.items()
        ]  # fmt: skip
    return problems


def _clinical_problems(cohort: Cohort, samples: pd.DataFrame, file: str) -> list[Problem]:
    clinical = cohort.clinical
    table, problems = read_clinical_rows(cohort)
    if table.empty and problems:
        return problems
    wanted: dict[str, str] = {}
    for name, pain in clinical.pain.items():
        wanted[pain.column] = f"clinical.pain.{name}"
    for name, endpoint in clinical.endpoints.items():
        wanted[endpoint.time] = f"clinical.endpoints.{name}.time"
        wanted[endpoint.status] = f"clinical.endpoints.{name}.status"
    for kind in ("assays", "covariates"):
        for name, declared in getattr(clinical, kind).items():
            wanted[declared.column] = f"clinical.{kind}.{name}"
    problems += missing_columns(table, wanted, clinical.table)
    if clinical.patient in table.columns and not samples.empty:
        ours, theirs = set(samples["patient"]), set(table[clinical.patient])
        if not ours & theirs:
            examples = [", ".join(sorted(codes)[:SHOWN]) for codes in (theirs, ours)]
            found = f"no patient of the sample sheet (here {examples[0]}; there {examples[1]})"
            where = f"column {clinical.patient}"
            problems.append(Problem(clinical.table, where, found, "the sheet's patient codes"))
        else:
            here = Place(cohort.samples.table, sheet_column(cohort, "patient"))
            there = Place(clinical.table, clinical.patient)
            everyone = read_any_table(clinical.table)[0][clinical.patient]
            problems += code_problems(ours, here, everyone, there)
    return problems
