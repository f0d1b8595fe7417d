"""Which input of the cohort file holds the cells of which sample."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from innervate.config.cells import CellMatrix
from innervate.config.cohort import Cohort
from innervate.config.remote import is_pending
from innervate.inputs.cells import input_paths, samples_within
from innervate.inputs.fastq import samples_with_reads
from innervate.runtime.errors import InputError, Problem, raise_if_any


@dataclass(frozen=True)
class CellSource:
    """Where a sample's cells are.

    Parameters
    ----------
    matrix
        The input.
    file, raw_file
        Name of the sample's file and of its raw droplets in the input's folder, or None.
    """

    matrix: CellMatrix
    file: str | None = None
    raw_file: str | None = None

    @property
    def name(self) -> str:
        """The file, for messages."""
        return self.matrix.path or str(Path(self.matrix.folder) / self.file)


def cell_sources(cohort: Cohort, samples: pd.DataFrame) -> dict[str, CellSource]:
    """Find the input of each single-cell sample.

    Parameters
    ----------
    cohort
        With a `single_cell` part.
    samples
        Contract ``samples``, with the columns that name files.

    Raises
    ------
    InputError
        Naming every sample that no input holds, or several do.
    """
    sources, problems = _placed(cohort, samples)
    raise_if_any(problems)
    return sources


def _placed(cohort: Cohort, samples: pd.DataFrame) -> tuple[dict[str, CellSource], list[Problem]]:
    """Sources of the samples that one input holds, and problems of the others."""
    found: dict[str, list[CellSource]] = {}
    mine = samples[samples["assay"] == "single_cell"]
    for matrix in cohort.single_cell.inputs:
        if matrix.format == "reads":
            held = samples_with_reads(cohort)
            for sample in mine["sample"]:
                if sample in held:
                    found.setdefault(sample, []).append(CellSource(matrix))
            continue
        if matrix.whole:
            # One that is still to be fetched is taken to hold them all; its job looks again.
            here = not is_pending(matrix.path)
            held = set(samples_within(matrix) if here else mine["sample"])
            for sample in mine["sample"]:
                if sample in held:
                    found.setdefault(sample, []).append(CellSource(matrix))
            continue
        raw = mine[matrix.raw_column] if matrix.raw_column else pd.Series("", index=mine.index)
        for sample, file, droplets in zip(
            mine["sample"], mine[matrix.file_column].fillna(""), raw.fillna(""), strict=True
        ):
            if file:
                source = CellSource(matrix, str(file), str(droplets) or None)
                found.setdefault(sample, []).append(source)
    problems = []
    for sample in mine["sample"]:
        count = len(found.get(sample, []))
        if count != 1:
            where = f"sample {sample}"
            held = "no input holds its cells" if not count else f"{count} inputs hold its cells"
            fix = "name its file in the sheet, or list it under samples.exclude"
            expected = "one of single_cell.inputs"
            problems.append(Problem(cohort.samples.table, where, held, expected, fix))
    return {name: sources[0] for name, sources in found.items() if len(sources) == 1}, problems


def cell_paths(source: CellSource, samples: pd.DataFrame, sample: str) -> list[str]:
    """Files on disk that a sample's cells are read from, its raw droplets included.

    Cells that are still to be counted from reads have none.
    """
    if source.matrix.format == "reads":
        return []
    return input_paths(source.matrix, samples[samples["sample"] == sample])


def counted_source(cells: str, droplets: str) -> CellSource:
    """Where a sample's cells are that were counted from reads.

    Parameters
    ----------
    cells, droplets
        The matrix files of two 10x folders: of the called cells, and of all droplets.
    """
    folders = [Path(file).parent for file in (cells, droplets)]
    root = os.path.commonpath(folders)
    matrix = CellMatrix(format="10x_mtx", folder=root, file_column="cells", raw_column="droplets")
    return CellSource(matrix, *(folder.relative_to(root).as_posix() for folder in folders))


def source_problems(cohort: Cohort, samples: pd.DataFrame) -> list[Problem]:
    """Problems of where the cells are, for a check before anything computes.

    Parameters
    ----------
    cohort
        With a `single_cell` part.
    samples
        Contract ``samples``.
    """
    try:
        sources, problems = _placed(cohort, samples)
    except InputError as error:
        return error.problems
    for sample, source in sources.items():
        try:
            cell_paths(source, samples, sample)
        except InputError as error:
            problems += error.problems
    return problems
