"""What the columns of an AnnData file say of samples and patients, without reading its counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from innervate.inputs.cell_formats import readable
from innervate.intake.guess import ROLES, guess_columns, present, words

CELLS_A_SAMPLE = 5
"""Rows for each value from which a column can name the samples of cells."""


@dataclass(frozen=True)
class Cells:
    """A file of single cells.

    Parameters
    ----------
    sample_column
        Column of ``obs`` that names samples, or None.
    samples
        One row a sample: ``sample`` and the columns that have one value in each, as text.
    patients
        One row a patient: ``patient`` and the columns that vary between patients only; or None.
    ids
        Gene identifiers.
    columns
        Names of the columns of ``obs``.
    """

    sample_column: str | None
    samples: pd.DataFrame
    patients: pd.DataFrame | None
    ids: list[str]
    columns: list[str]


def _read(path: Path) -> tuple[pd.DataFrame, list[str]]:
    import anndata as ad
    import h5py

    with readable(path, "an h5ad file"), h5py.File(path, "r") as file:
        obs, var = ad.io.read_elem(file["obs"]), ad.io.read_elem(file["var"])
    return obs, list(map(str, var.index))


def _constant(obs: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """Columns that have one value for each value of another, a row each."""
    text = obs.astype(object).where(obs.notna(), "").astype(str)
    groups = text.groupby(by.to_numpy(), sort=True)
    single = groups.nunique().le(1).all()
    return groups.first().loc[:, single[single].index]


def _sample_column(obs: pd.DataFrame) -> str | None:
    """The column whose name says that it names samples, and which has several cells for each.

    A column of samples goes before one of libraries, as a sample may have several of these.
    """
    for wanted in ("sample|specimen|biopsy", "barcoding emulsion|library|lib|run", ROLES["sample"]):
        for column in obs:
            said = words(column)
            if not re.fullmatch(rf"(?:{wanted})(?: ?(?:id|name|code))?", said):
                continue
            count = obs[column].nunique()
            if 1 < count <= len(obs) / CELLS_A_SAMPLE:
                return column
    return None


def _one_value_column(obs: pd.DataFrame) -> str | None:
    """A column of samples that holds one and the same name for all cells."""
    for column in obs:
        named = re.fullmatch(r"(?:sample|specimen|biopsy)(?: ?(?:id|name|code))?", words(column))
        if named and obs[column].notna().all() and obs[column].nunique() == 1:
            return column
    return None


def is_single_cell(path: Path) -> bool:
    """Whether rows are cells: a column names samples of several rows, or they are very many."""
    obs, _ = _read(path)
    return _sample_column(obs) is not None or len(obs) > 1000


def cells_of(path: Path) -> Cells:
    """Read what an AnnData file of cells says of its samples and patients."""
    obs, ids = _read(path)
    column = _sample_column(obs) or _one_value_column(obs)
    by = obs[column].astype(str) if column else pd.Series(path.stem, index=obs.index)
    samples = _constant(obs, by)
    samples = samples.drop(columns=[name for name in (column, "sample") if name in samples])
    samples.insert(0, "sample", samples.index)
    patient = guess_columns(samples).get("patient")
    patients = None
    if patient is not None:
        whose = samples[patient.value]
        constant = _constant(samples.drop(columns=["sample", patient.value]), whose)
        varying = [name for name in constant if present(constant[name]).nunique() > 1]
        if varying:
            patients = constant[varying].rename_axis("patient").reset_index()
    return Cells(column, samples.reset_index(drop=True), patients, ids, list(map(str, obs)))
