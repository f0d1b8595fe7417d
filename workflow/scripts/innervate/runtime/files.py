"""Reading and writing of tables: atomic, deterministic, and held to the data contracts."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from innervate.runtime.contract import Table

if TYPE_CHECKING:
    from anndata import AnnData

RESOURCES = Path(__file__).resolve().parents[4] / "resources"
"""The folder of gene tables, gene sets and circuits that ships with the workflow."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`, moved to `path` only where the block succeeds.

    Parameters
    ----------
    path
        Where the finished file is to stand; its folder is made where it is missing.

    Yields
    ------
    Path
        The temporary name, with the same ending, so that writers that go by it work.
    """
    path = Path(path)
    # A fixed name, so that what a killed job left is cleared by the next one.
    folder = path.parent / f".partial-{path.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder / path.name
        os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_text(text: str, path: str | Path) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_table(frame: pd.DataFrame, path: str | Path, contract: Table) -> None:
    """Write a result table, held to its contract.

    Parameters
    ----------
    frame
        One observation a row.
    path
        Ends in ``.tsv`` or ``.tsv.gz``.
    contract
        The frame is checked against it, and its columns come first.

    Raises
    ------
    ValueError
        Where the frame breaks the contract (a defect of the caller, not of the input).
    """
    write_tsv(contract.conform(frame), path)


def write_tsv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table that is not a result: an input, as a user would bring it, or a docs page.

    Numbers have eight significant digits and gzip headers no time stamp, so that equal
    frames give equal bytes.

    Parameters
    ----------
    frame
        One observation a row; the index is not written.
    path
        Ends in ``.tsv`` or ``.tsv.gz``.
    """
    text = frame.to_csv(None, sep="\t", index=False, float_format="%.8g", lineterminator="\n")
    with atomic_path(path) as partial:
        if partial.suffix == ".gz":
            partial.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
        else:
            partial.write_text(text, encoding="utf-8")


def read_table(path: str | Path, contract: Table) -> pd.DataFrame:
    """Read a table that `write_table` wrote.

    Parameters
    ----------
    path
        A TSV, gzipped or not.
    contract
        Says which columns are text.
    """
    return pd.read_csv(
        path, sep="\t", dtype=contract.text_columns(), keep_default_na=False, na_values=[""]
    )


def write_parquet(frame: pd.DataFrame, path: str | Path, contract: Table) -> None:
    """Write a large table as Parquet, held to its contract."""
    frame = contract.conform(frame)
    with atomic_path(path) as partial:
        frame.to_parquet(partial, index=False, compression="zstd")


def write_h5ad(adata: AnnData, path: str | Path) -> None:
    """Write an AnnData atomically, gzip-compressed at the level that costs little time."""
    with atomic_path(path) as partial:
        adata.write_h5ad(partial, compression="gzip", compression_opts=1)
