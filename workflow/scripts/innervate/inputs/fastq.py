"""The table of FASTQ files: which reads are of which library of which sample."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pandas as pd

from innervate.config.cohort import Cohort
from innervate.config.reads import Chemistry, Reads, ReadsColumn, Strandedness
from innervate.inputs.samples import folder_name
from innervate.inputs.tables import missing_columns, open_text, read_any_table
from innervate.runtime.errors import Problem

ENDINGS = (".fastq", ".fq", ".fastq.gz", ".fq.gz")
FIRST_READ = {"10x_v2": 26, "10x_v3": 28}
"""Bases that the first read must have: a barcode of 16, and the UMI."""
DECLARED_FOR_ASSAY = {
    "bulk": ("strandedness", Strandedness),
    "single_cell": ("chemistry", Chemistry),
}
"""What must be known of the reads of an assay."""


@dataclass(frozen=True)
class Unit:
    """One lane of one library: a FASTQ file or a pair of them.

    Parameters
    ----------
    sample
        As in the sample sheet.
    assay
        ``bulk`` or ``single_cell``.
    replicate, lane
        As in the table, made fit for a file name.
    files
        Paths, the first read's first.
    strandedness, chemistry
        As declared; empty where the assay needs none.
    """

    sample: str
    assay: str
    replicate: str
    lane: str
    files: tuple[str, ...]
    strandedness: str = ""
    chemistry: str = ""

    @property
    def library(self) -> str:
        """Name of the library's folder."""
        return f"{folder_name(self.sample)}.{self.replicate}"

    @property
    def name(self) -> str:
        """Name of the unit's files."""
        return f"{self.library}.{self.lane}"

    @property
    def layout(self) -> str:
        """``paired`` or ``single``."""
        return "paired" if len(self.files) == 2 else "single"


def section_problems(cohort: Cohort, cohort_file: str) -> list[Problem]:
    """Problems of the `reads` part against the inputs that are counted from it.

    Parameters
    ----------
    cohort
        A validated cohort.
    cohort_file
        Name to show in problems.
    """
    counted, reads = cohort.counted, cohort.reads
    if any(counted.values()) and not reads:
        expected = "where the FASTQ files are, as an input is of format reads"
        return [Problem(cohort_file, "reads", "nothing", expected)]
    if reads and not any(counted.values()):
        fix = "add one to bulk.matrices or single_cell.inputs"
        return [Problem(cohort_file, "reads", "used by no input", "one of `format: reads`", fix)]
    if counted["bulk"] and not reads.transcriptome:
        expected = "a FASTA of the transcripts, as bulk is counted from reads"
        return [Problem(cohort_file, "reads.transcriptome", "nothing", expected)]
    return []


def read_units(cohort: Cohort, samples: pd.DataFrame) -> tuple[list[Unit], list[Problem]]:
    """Read the table of FASTQ files.

    Parameters
    ----------
    cohort
        With a `reads` part.
    samples
        Contract ``samples``. Rows of samples that the cohort file excludes are passed over.

    Returns
    -------
    tuple
        Units in the order of the table, without the files being looked at; and problems.
    """
    table, problems = read_any_table(cohort.reads.table)
    problems = problems or missing_columns(table, _wanted(cohort.reads), cohort.reads.table)
    if problems:
        return [], problems
    rows = _own_columns(table, cohort.reads)
    rows = rows[~rows["sample"].isin(cohort.samples.exclude)]
    assays = dict(zip(samples["sample"], samples["assay"], strict=True)) if len(samples) else {}
    problems = _row_problems(rows, cohort, assays)
    if rows.empty:
        problems.append(Problem(cohort.reads.table, "", "no rows", "a row for each pair of files"))
    if problems:
        return [], problems
    units = [_unit(row, cohort.reads, assays) for row in rows.to_dict("records")]
    return units, _library_problems(units, rows, cohort.reads)


def samples_with_reads(cohort: Cohort) -> set[str]:
    """Samples that the table of FASTQ files names, whether or not its rows are valid."""
    table, problems = read_any_table(cohort.reads.table)
    column = cohort.reads.columns.get("sample", "sample")
    return set() if problems or column not in table.columns else set(table[column])


def _wanted(reads: Reads) -> dict[str, str]:
    wanted = {
        reads.columns.get(ours, ours): f"reads.columns.{ours}" for ours in ("sample", "fastq_1")
    }
    return wanted | {theirs: f"reads.columns.{ours}" for ours, theirs in reads.columns.items()}


def _own_columns(table: pd.DataFrame, reads: Reads) -> pd.DataFrame:
    rows = pd.DataFrame(index=table.index)
    for ours in get_args(ReadsColumn):
        theirs = reads.columns.get(ours, ours)
        rows[ours] = reads.constants.get(ours, table[theirs] if theirs in table.columns else "")
    rows["replicate"] = rows["replicate"].replace("", "1")
    # Where lanes have no names, they are numbered within their library.
    order = rows.groupby(["sample", "replicate"]).cumcount() + 1
    rows["lane"] = rows["lane"].where(rows["lane"] != "", order.astype(str))
    return rows


def _unit(row: dict, reads: Reads, assays: dict[str, str]) -> Unit:
    files = [str(Path(reads.folder) / row[key]) for key in ("fastq_1", "fastq_2") if row[key]]
    assay = assays[row["sample"]]
    facts = {DECLARED_FOR_ASSAY[assay][0]: row[DECLARED_FOR_ASSAY[assay][0]]}
    names = (folder_name(row[key]) for key in ("replicate", "lane"))
    return Unit(row["sample"], assay, *names, tuple(files), **facts)


def _row_problems(rows: pd.DataFrame, cohort: Cohort, assays: dict[str, str]) -> list[Problem]:
    reads, problems = cohort.reads, []

    def wrong(row: int, column: str, found: str, expected: str, fix: str = "") -> None:
        where = f"row {row}, column {reads.columns.get(column, column)}"
        shown = repr(found)[1:-1][:80] or "an empty cell"
        problems.append(Problem(reads.table, where, shown, expected, fix))

    for row, record in rows.iterrows():
        assay = assays.get(record["sample"])
        if assay is None:
            fix = "add it there, or list it under samples.exclude"
            wrong(row, "sample", record["sample"], f"a sample of {cohort.samples.table}", fix)
        elif not cohort.counted[assay]:
            expected = f"a sample whose counts come from reads: {assay} has no input of that format"
            wrong(row, "sample", record["sample"], expected)
        elif record[DECLARED_FOR_ASSAY[assay][0]] not in get_args(DECLARED_FOR_ASSAY[assay][1]):
            column, known = DECLARED_FOR_ASSAY[assay]
            wrong(row, column, record[column], f"one of: {', '.join(get_args(known))}")
        for column in ("fastq_1", "fastq_2"):
            name = record[column]
            if not name and (column == "fastq_1" or assay == "single_cell"):
                wrong(row, column, name, "the name of a FASTQ file")
            elif name and (Path(name).is_absolute() or ".." in Path(name).parts):
                wrong(row, column, name, f"the name of a file in {reads.folder}")
            elif name and not name.lower().endswith(ENDINGS):
                wrong(row, column, name, f"a name that ends in {', '.join(ENDINGS)}")
    return problems


def _library_problems(units: list[Unit], rows: pd.DataFrame, reads: Reads) -> list[Problem]:
    """What is at odds between the rows of a sample or of a library, and files given twice."""
    problems = []
    frame = pd.DataFrame([vars(unit) | {"layout": unit.layout} for unit in units])
    for sample, mine in frame.groupby("sample", sort=False):
        where = f"sample {sample}"
        if mine["layout"].nunique() > 1:
            found = f"{len(mine)} rows with fastq_1, {(mine['layout'] == 'paired').sum()} of them "
            expected = "all of a sample paired, or all single"
            problems.append(Problem(reads.table, where, f"{found}with fastq_2", expected))
        if mine["assay"].iloc[0] == "single_cell" and mine["replicate"].nunique() > 1:
            found = f"replicates {', '.join(dict.fromkeys(mine['replicate']))}"
            fix = "barcodes of two libraries are of different cells: give each a sample of its own"
            problems.append(Problem(reads.table, where, found, "one library a sample", fix))
    for (sample, replicate), mine in frame.groupby(["sample", "replicate"], sort=False):
        where = f"sample {sample}, replicate {replicate}"
        for column in ("strandedness", "chemistry"):
            if mine[column].nunique() > 1:
                found = f"{column} {', '.join(dict.fromkeys(mine[column]))}"
                problems.append(Problem(reads.table, where, found, "one for all its lanes"))
        for lane in dict.fromkeys(mine.loc[mine["lane"].duplicated(), "lane"]):
            problems.append(Problem(reads.table, where, f"lane {lane} twice", "each lane once"))
    first: dict[Path, int] = {}
    for row, unit in zip(rows.index, units, strict=True):
        for column, file in zip(("fastq_1", "fastq_2"), unit.files, strict=False):
            before = first.setdefault(Path(file).resolve(), row)
            if before != row or (column == "fastq_2" and _same(unit.files)):
                found = f"{file}, as in row {before}"
                where = f"row {row}, column {reads.columns.get(column, column)}"
                problems.append(Problem(reads.table, where, found, "each file once"))
    return problems


def _same(files: tuple[str, ...]) -> bool:
    return Path(files[0]).resolve() == Path(files[-1]).resolve()


def reads_problems(cohort: Cohort, samples: pd.DataFrame) -> list[Problem]:
    """Problems of the table of FASTQ files, of the first read of each, and of samples without.

    Parameters
    ----------
    cohort
        With a `reads` part.
    samples
        Contract ``samples``.
    """
    units, problems = read_units(cohort, samples)
    if problems:
        return problems
    for unit in units:
        problems += _file_problems(unit)
    return problems


def _file_problems(unit: Unit) -> Iterator[Problem]:
    where = f"sample {unit.sample}"
    names, lengths = [], []
    for file in unit.files:
        try:
            name, length = first_read(file)
        except OSError as error:
            yield Problem(file, where, error.strerror or str(error), "a FASTQ file to read")
        except (ValueError, EOFError, zlib.error) as error:
            yield Problem(file, where, str(error) or "a damaged file", "FASTQ")
        else:
            names.append(name)
            lengths.append(length)
    if len(names) == 2 and names[0] != names[1]:
        found = f"first read {names[1][:60]}; in {Path(unit.files[0]).name} it is {names[0][:60]}"
        expected = "the second reads of the same fragments, in the same order"
        yield Problem(unit.files[1], where, found, expected)
    needed = FIRST_READ.get(unit.chemistry, 0)
    if lengths and len(lengths) == len(unit.files) and lengths[0] < needed:
        expected = f"at least {needed}, as chemistry {unit.chemistry} has (barcode and UMI)"
        fix = "correct the chemistry; or fastq_1 and fastq_2 are swapped"
        yield Problem(unit.files[0], where, f"reads of {lengths[0]} bases", expected, fix)


def first_read(path: str) -> tuple[str, int]:
    """Name of a FASTQ file's first read, without the mark of first or second, and its length.

    Raises
    ------
    ValueError
        Where the file does not begin with a FASTQ record.
    """
    with open_text(path) as handle:
        lines = [handle.readline(100_000).rstrip("\r\n") for _ in range(4)]
    if not any(lines):
        msg = "no reads"
        raise ValueError(msg)
    name, sequence, plus, quality = lines
    if name[:1] != "@" or plus[:1] != "+" or len(sequence) != len(quality) or not sequence:
        msg = f"no FASTQ record: it begins {name[:30]!r}"
        raise ValueError(msg)
    return re.sub(r"[/.][12]$", "", name[1:].split()[0] if name[1:].split() else ""), len(sequence)
