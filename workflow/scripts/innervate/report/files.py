"""The tables beside a report, as a reader may want to open them."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path
from typing import NamedTuple

from innervate.contracts import TABLES

SCATTERED = ("{cell_sample}", "{unit}")
"""In the path of tables that each sample has: too many for a list."""
STAGES = ("inputs", "bulk", "single_cell", "circuit", "clinical")


class ResultFile(NamedTuple):
    """A table: where it is, relative to the report, and what it holds."""

    path: str
    row: str
    """What one row is; empty for a table of a stage's own use."""
    rows: int
    size: int
    """Bytes."""


def result_files(folder: str | Path) -> list[ResultFile]:
    """Every table of a cohort that the report is made after.

    Parameters
    ----------
    folder
        ``results/{cohort}``.

    Returns
    -------
    list of ResultFile
        Those with a contract first, in the order of the contracts.
    """
    folder = Path(folder)
    meanings = {table.path: table.row for table in TABLES.values()}
    meanings["exclusions.tsv"] = meanings.pop("*/exclusions.tsv")
    found: dict[Path, str] = {}
    for path, row in meanings.items():
        if not path.startswith("..") and not any(name in path for name in SCATTERED):
            for file in sorted(folder.glob(re.sub(r"\{\w+\}", "*", path))):
                found.setdefault(file, row)
    for stage in STAGES:
        for file in sorted(folder.glob(f"{stage}/*.tsv")):
            found.setdefault(file, "")
    return [
        ResultFile(file.relative_to(folder).as_posix(), row, _rows(file), file.stat().st_size)
        for file, row in found.items()
    ]


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_metadata(path).num_rows
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as handle:
        return max(sum(1 for _ in csv.reader(handle, delimiter="\t")) - 1, 0)
