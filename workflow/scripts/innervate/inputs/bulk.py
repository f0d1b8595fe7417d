"""The bulk matrices of a cohort, joined, harmonized and checked against the sample table."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from innervate.config.cohort import PER_SAMPLE_FORMATS, Cohort, Matrix
from innervate.genes.harmonize import collapse, harmonize
from innervate.genes.table import load_genes
from innervate.inputs.annotation import TEXT_FORMATS, unnamed_problems
from innervate.inputs.quantified import Quantified, read_quantified
from innervate.inputs.readers import (
    RawMatrix,
    read_h5ad,
    read_matrix,
    read_per_sample,
    read_salmon,
)
from innervate.inputs.units import ADVICE, looks_like
from innervate.runtime.errors import InnervateError, InputError, Problem, raise_if_any

if TYPE_CHECKING:
    import anndata as ad

ADDITIVE = ("counts", "tpm", "fpkm", "cpm")
STAGE = "bulk matrix"


def read_bulk(
    cohort: Cohort,
    samples: pd.DataFrame,
    cohort_file: str,
    quantified: Quantified | None = None,
) -> tuple[ad.AnnData, pd.DataFrame, pd.DataFrame]:
    """Read a cohort's bulk matrices.

    Parameters
    ----------
    cohort
        Says where the matrices are and what they hold.
    samples
        Contract ``samples``.
    cohort_file
        Name to show in problems.
    quantified
        What was counted from reads, where a matrix is of that format.

    Returns
    -------
    tuple
        Samples x genes AnnData with the sheet's columns in ``obs``, gene facts in ``var``,
        ``uns['unit']`` and ``uns['species']``; contract ``genes``; contract ``exclusions``.

    Raises
    ------
    InputError
        With every problem of all matrices.
    """
    import anndata as ad

    bulk = samples[samples["assay"] == "bulk"]
    parts, mappings, problems, left_out = [], [], [], []
    for matrix in cohort.bulk.matrices:
        try:
            counted = matrix.format == "reads"
            raw = read_quantified(quantified) if counted else read_one(matrix, bulk)
            mapping = harmonize(raw.ids, load_genes(cohort.species))
        except InputError as error:
            problems += error.problems
            continue
        except InnervateError as error:
            problems.append(Problem(file_of(matrix), "gene ids", str(error), "known gene ids"))
            continue
        if matrix.format in TEXT_FORMATS:
            problems += unnamed_problems(matrix)
        problems += _value_problems(matrix, raw)
        left_out += [(level, name, STAGE, reason) for level, name, reason in raw.left_out]
        how = "sum" if matrix.unit in ADDITIVE else "mean"
        values, facts = collapse(raw.values, mapping, how)
        parts.append((pd.DataFrame(values, index=facts.index, columns=raw.samples), facts))
        mappings.append(mapping)
    units = {matrix.unit for matrix in cohort.bulk.matrices}
    if len(units) > 1:
        found, where = ", ".join(sorted(units)), "bulk.matrices"
        problems.append(Problem(cohort_file, where, found, "one unit for all matrices"))
    problems += sample_problems(cohort, samples, [list(part.columns) for part, _ in parts])
    raise_if_any(problems)
    values, facts, lost = _join(parts)
    exclusions = pd.DataFrame([*left_out, *lost], columns=["level", "id", "stage", "reason"])
    mapping = pd.concat(mappings, ignore_index=True).drop_duplicates("input_id")
    absent = ~mapping["name"].isin([*values.index, ""])
    mapping.loc[absent, ["status", "reason"]] = ["dropped", "not in all matrices"]
    values = values[bulk["sample"]]
    adata = ad.AnnData(
        values.to_numpy().T.copy(),
        obs=bulk.set_index("sample", drop=False).rename_axis(None).astype(str).replace("nan", ""),
        var=facts.assign(start=facts["start"].astype("float64")),
    )
    adata.uns["unit"], adata.uns["species"] = units.pop(), cohort.species
    logging.info("%d samples, %d genes, unit %s", *adata.shape, adata.uns["unit"])
    columns = ["input_id", "gene_id", "symbol", "status", "reason", "name"]
    return adata, mapping[columns], exclusions


def file_of(matrix: Matrix) -> str:
    """The file or folder of a matrix, for messages."""
    return matrix.path or matrix.folder or "reads"


def _held_in(cohort: Cohort) -> tuple[str, str, str]:
    """Files that hold the bulk samples, and what stands for a sample in them: place and thing."""
    matrices = cohort.bulk.matrices
    if cohort.reads and all(matrix.format == "reads" for matrix in matrices):
        return cohort.reads.table, "sample", "row"
    files = ", ".join(dict.fromkeys(file_of(matrix) for matrix in matrices))
    return files, "column", "column"


def read_one(matrix: Matrix, samples: pd.DataFrame) -> RawMatrix:
    """Read one matrix by its format.

    Parameters
    ----------
    matrix
        As declared.
    samples
        Bulk samples; of formats with one file a sample, the column that names the files is used.
    """
    if matrix.format in PER_SAMPLE_FORMATS:
        paths = sample_files(matrix, samples)
        if matrix.format == "salmon":
            return read_salmon(paths, matrix.transcripts)
        return read_per_sample(paths, matrix)
    return read_h5ad(matrix) if matrix.format == "h5ad" else read_matrix(matrix)


def sample_files(matrix: Matrix, samples: pd.DataFrame) -> dict[str, Path]:
    """File of each sample; the sheet is untrusted, so a file must lie in the declared folder.

    Raises
    ------
    InputError
        Naming every sample whose file is not named, or not inside the folder.
    """
    problems, paths = [], {}
    for sample, name in zip(samples["sample"], samples[matrix.file_column], strict=True):
        if not name or Path(name).is_absolute() or ".." in Path(name).parts:
            where = f"sample {sample}, column {matrix.file_column}"
            expected = f"the name of a file in {matrix.folder}"
            problems.append(Problem("sample sheet", where, repr(name), expected))
        paths[sample] = Path(matrix.folder) / str(name)
    raise_if_any(problems)
    return paths


def sample_problems(
    cohort: Cohort,
    samples: pd.DataFrame,
    found: list[list[str]],
    seen: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Samples of the sheet that no matrix holds, and the reverse, and samples held twice.

    Parameters
    ----------
    cohort
        For its files and the samples that it excludes.
    samples
        Contract ``samples``.
    found
        Sample names of each matrix.
    seen
        Of columns that the sheet does not list: what makes them look like no sample.
    """
    matrices, place, thing = _held_in(cohort)
    bulk = samples.loc[samples["assay"] == "bulk", "sample"]
    have = [name for names in found for name in names]
    problems = [
        Problem(matrices, f"{place} {name}", f"no such {thing}", f"a {thing} for each bulk sample",
                f"correct the name in {cohort.samples.table}, or list it under samples.exclude")
        for name in bulk
        if name not in have
    ]  # fmt: skip
    known = {*samples["sample"], *cohort.samples.exclude}
    for name in dict.fromkeys(have):
        if name not in known:
            odd = (seen or {}).get(name)
            text = "not in the sample sheet" + (f"; looks like no sample: {odd}" if odd else "")
            listed = json.dumps([name], ensure_ascii=False)
            fix = f"add it to {cohort.samples.table} if it is a sample, else to its matrix's "
            fix += f"ignore_columns under bulk.matrices: `ignore_columns: {listed}`"
            expected = "a sample of the sheet"
            problems.append(Problem(matrices, f"column {name}", text, expected, fix))
    problems += [
        Problem(matrices, f"column {name}", "a second time", "each sample once")
        for name in dict.fromkeys(name for name in have if have.count(name) > 1)
    ]
    return problems


def _value_problems(matrix: Matrix, raw: RawMatrix) -> list[Problem]:
    looks = looks_like(raw.values)
    if matrix.unit == "counts" and looks != "counts":
        found = "numbers that are not counts"
        return [
            Problem(file_of(matrix), "values", found, "raw counts", f"it holds {ADVICE[looks]}")
        ]
    if matrix.unit not in ("log2_tpm", "log2_expression") and (raw.values < 0).any():
        row, column = np.argwhere(raw.values < 0)[0]
        where = f"gene {raw.ids[row]}, column {raw.samples[column]}"
        found = f"{raw.values[row, column]:g}"
        return [Problem(file_of(matrix), where, found, f"no negative {matrix.unit}")]
    if matrix.unit != "counts" and looks == "counts":
        logging.warning("%s: declared %s, but looks like counts", file_of(matrix), matrix.unit)
    return []


def _join(
    parts: list[tuple[pd.DataFrame, pd.DataFrame]],
) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[str, str, str, str]]]:
    values, facts = parts[0]
    common = values.index
    for other, _ in parts[1:]:
        common = common[common.isin(other.index)]
    everything = dict.fromkeys(name for part, _ in parts for name in part.index)
    shared = set(common)
    lost = [
        ("gene", name, STAGE, "not in all matrices") for name in everything if name not in shared
    ]
    joined = pd.concat([part.loc[common] for part, _ in parts], axis=1)
    return joined, facts.loc[common], lost
