"""Two results folders compared, table by table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from innervate.runtime.errors import InnervateError

READERS = {
    ".tsv": lambda path: pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False),
    ".tsv.gz": lambda path: pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False),
    ".parquet": lambda path: pd.read_parquet(path).astype(str),
}


class Difference(NamedTuple):
    """One way in which two tables differ."""

    table: str
    """Path within the results folder."""
    what: str
    """In words, with numbers."""


def compare_results(before: str | Path, after: str | Path) -> tuple[int, list[Difference]]:
    """List what differs between the tables of two results folders.

    Rows are matched by the leading text columns that distinguish them, so that a new row does not
    make every later one differ. AnnData files are compared array by array.

    Parameters
    ----------
    before, after
        Results folders, for example ``results/demo``, or folders of several cohorts.

    Returns
    -------
    tuple
        How many tables both folders have, and the differences, sorted by table.

    Raises
    ------
    InnervateError
        Where a folder does not exist or holds no tables.
    """
    old, new = _tables(Path(before)), _tables(Path(after))
    found = [Difference(name, "only before") for name in sorted(old.keys() - new.keys())]
    found += [Difference(name, "only after") for name in sorted(new.keys() - old.keys())]
    shared = sorted(old.keys() & new.keys())
    for name in shared:
        if old[name].read_bytes() != new[name].read_bytes():
            compare = _arrays if name.endswith(".h5ad") else _frames
            words = list(compare(old[name], new[name]))
            found += [Difference(name, what) for what in words or ["same values, other bytes"]]
    return len(shared), sorted(found)


def _tables(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise InnervateError(f"{folder}: no such folder; name a results folder")
    tables = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.name.endswith((*READERS, ".h5ad")) and path.is_file()
    }
    if not tables:
        raise InnervateError(f"{folder}: no tables in it; name a results folder")
    return tables


def _frames(before: Path, after: Path) -> Iterator[str]:
    read = READERS["".join(s for s in before.suffixes if s in (".tsv", ".gz", ".parquet"))]
    old, new = read(before), read(after)
    for words, columns in (
        ("gone", [column for column in old if column not in new]),
        ("new", [column for column in new if column not in old]),
    ):
        if columns:
            yield f"columns {words}: {', '.join(columns)}"
    columns = [column for column in old if column in new]
    key = _key(old[columns], new[columns])
    if key:
        old, new = (frame.set_index(key) for frame in (old, new))
        columns = [column for column in columns if column not in key]
        for words, rows in (
            ("gone", old.index.difference(new.index)),
            ("new", new.index.difference(old.index)),
        ):
            if len(rows):
                yield f"{len(rows)} rows {words}, the first {_label(rows[0])}"
        rows = old.index[old.index.isin(new.index)]
        if list(rows) != list(new.index[new.index.isin(old.index)]):
            yield "rows in another order"
        old, new = old.loc[rows], new.loc[rows]
    elif len(old) != len(new):
        yield f"{len(old)} rows before, {len(new)} after, and no columns that distinguish them"
        return
    for column in columns:
        yield from _column(column, old[column], new[column])


def _key(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """The fewest leading columns without numbers that distinguish the rows of both tables."""
    key: list[str] = []
    for column in old.columns:
        values = pd.concat([old[column], new[column]])
        if pd.to_numeric(values.replace("", np.nan), errors="coerce").isna().all():
            key.append(column)
            if not old.duplicated(key).any() and not new.duplicated(key).any():
                return key
    return []


def _column(name: str, old: pd.Series, new: pd.Series) -> Iterator[str]:
    differ = (old != new).to_numpy()
    if not differ.any():
        return
    a, b = old[differ], new[differ]
    words = f"column {name}: {differ.sum()} of {len(old)} rows differ"
    numbers = [pd.to_numeric(values, errors="coerce").to_numpy(float) for values in (a, b)]
    if np.isfinite(numbers).all():
        yield f"{words}, by {np.abs(numbers[0] - numbers[1]).max():.3g} at most"
    else:
        first = _label(a.index[0])
        yield f"{words}, the first ({first}) from {a.iloc[0]!r} to {b.iloc[0]!r}"


def _label(row: tuple | object) -> str:
    return ", ".join(map(str, row)) if isinstance(row, tuple) else str(row)


def _arrays(before: Path, after: Path) -> Iterator[str]:
    import h5py

    def arrays(file: h5py.File) -> dict[str, h5py.Dataset]:
        found = {}
        file.visititems(
            lambda name, item: (
                found.update({name: item}) if isinstance(item, h5py.Dataset) else None
            )
        )
        return found

    with h5py.File(before) as one, h5py.File(after) as other:
        old, new = arrays(one), arrays(other)
        for words, names in (("gone", old.keys() - new.keys()), ("new", new.keys() - old.keys())):
            if names:
                yield f"arrays {words}: {', '.join(sorted(names))}"
        for name in sorted(old.keys() & new.keys()):
            a, b = old[name][()], new[name][()]
            if np.shape(a) != np.shape(b):
                yield f"array {name}: shape {np.shape(a)} before, {np.shape(b)} after"
            elif not np.array_equal(a, b, equal_nan=np.issubdtype(old[name].dtype, np.floating)):
                yield f"array {name}: values differ"
