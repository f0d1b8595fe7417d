"""A cohort file and its sample sheet made from a folder of data, or from an `.h5ad`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from innervate.config.circuit import load_circuit
from innervate.config.load import FILL_IN, circuit_path
from innervate.inputs.readers import aligned_sample, layout_of
from innervate.intake.anndata_files import cells_of, is_single_cell
from innervate.intake.clinic import clinical_lines
from innervate.intake.guess import Guess, guess_columns, guess_species
from innervate.intake.scan import CELL_FORMATS, Found, GeneMatrix, PerSample, scan
from innervate.intake.sheet import baseline_lines, best_table, make_sheet, sheet_lines
from innervate.intake.text import Lines
from innervate.runtime.errors import InnervateError
from innervate.runtime.files import write_text, write_tsv

HEAD = """\
Made by `innervate cohort new`; nothing in it was checked by a person yet. What was guessed is
marked `guess`, what only you know is FILL_IN. `innervate cohort check` says what is open, what
can be measured and what it would cost. Every key: docs/reference/cohort.md."""

SHOWN = 5
"""Files that a message names."""


@dataclass
class Draft:
    """What a cohort file is made from.

    Parameters
    ----------
    samples
        ``sample, assay`` and columns that name files, a row a sample.
    bulk, cells
        Inputs as the cohort file lists them.
    ids
        Gene identifiers, for the species.
    notes
        What was left aside, and why.
    tables
        Small tables by the name that the cohort file gives them.
    """

    samples: list[dict[str, str]] = field(default_factory=list)
    bulk: list[dict] = field(default_factory=list)
    cells: list[dict] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tables: dict[Path, pd.DataFrame] = field(default_factory=dict)

    def add(self, samples: Iterable[str], assay: str, **files: dict[str, str]) -> bool:
        """Add samples, unless one of them is there already in that assay."""
        samples = list(samples)
        held = {one["sample"] for one in self.samples if one["assay"] == assay}
        if held & set(samples):
            return False
        for name in samples:
            row = {column: mine.get(name, "") for column, mine in files.items()}
            self.samples.append({"sample": name, "assay": assay, **row})
        return True


def new_cohort(source: Path, name: str, into: Path, circuit: str) -> tuple[Path, list[str]]:
    """Write `NAME.yaml` and `NAME.samples.tsv`, and of an `.h5ad` `NAME.clinical.tsv`.

    Parameters
    ----------
    source
        A folder, or an `.h5ad`.
    name
        Of the cohort.
    into
        Folder of the cohort files.
    circuit
        As in the config, for the assays that its nodes ask for.

    Returns
    -------
    tuple
        The cohort file, and what was left aside.

    Raises
    ------
    InnervateError
        Where a file of that name is there, or the source holds no expression data.
    """
    path = into / f"{name}.yaml"
    files = [path, *_tables(path)]
    there = [str(path) for path in files if path.exists()]
    if there:
        msg = f"{', '.join(there)}: already there, and nothing is overwritten; take another --name"
        raise InnervateError(msg)
    if not source.exists():
        raise InnervateError(f"{source}: no such file or folder")
    if source.is_file() and source.suffix != ".h5ad":
        raise InnervateError(f"{source}: give the folder that it lies in; of files only .h5ad")
    found = scan(source) if source.is_dir() else Found(h5ads=[source])
    draft = Draft(tables=dict(found.tables))
    _add_bulk(draft, found)
    _add_cells(draft, found)
    for path in found.h5ads:
        _add_h5ad(draft, path, files[2])
    draft.notes += _left_aside(found)
    if not draft.samples:
        seen = [*draft.notes, *(f"{path}: no matrix of genes and samples" for path in found.tables)]
        told = "".join(f"\n  {note}" for note in seen) or "; the folder holds no file"
        msg = f"{source}: no expression data in a format that is known"
        raise InnervateError(f"{msg} (docs/guide/inputs.md lists the formats){told}")
    write_text(_cohort_text(draft, name, files, circuit), files[0])
    return files[0], draft.notes


def _tables(cohort_file: Path) -> list[Path]:
    """Tables that may be written beside a cohort file."""
    return [cohort_file.with_suffix(end) for end in (".samples.tsv", ".clinical.tsv")]


def tables_beside(cohort_file: Path) -> list[Path]:
    """Tables that were written beside a cohort file."""
    return [path for path in _tables(cohort_file) if path.exists()]


def _left_aside(found: Found) -> list[str]:
    notes = [f"{path}: not recognized, left aside" for path in found.unknown]
    notes += [
        f"{path}: left aside, as it holds results of a test ({', '.join(names)}); if it holds the "
        "counts too, take these columns out"
        for path, names in found.results.items()
    ]
    return notes


def _add_bulk(draft: Draft, found: Found) -> None:
    for matrix in found.matrices:
        matrix = matrix.declared(_named_in_a_sheet(found, matrix))
        if not draft.add(_sample_names(matrix), "bulk"):
            draft.notes.append(f"{matrix.path}: left aside, its samples are in another file too")
            continue
        draft.ids = draft.ids or matrix.ids
        draft.bulk.append(_matrix(matrix))
        draft.notes += _column_notes(matrix)
    for kind, files in found.per_sample.items():
        if kind not in CELL_FORMATS:
            _add_quantified(draft, kind, files, found)


def _sample_names(matrix: GeneMatrix) -> list[str]:
    if matrix.format == "featurecounts":
        return [aligned_sample(name) for name in matrix.samples]
    return matrix.samples


def _named_in_a_sheet(found: Found, matrix: GeneMatrix) -> set[str]:
    """Names in that column of a table which names most of a matrix's samples."""
    samples = set(_sample_names(matrix))
    described = best_table(found.tables, samples)
    if described is None:
        return set()
    table = found.tables[described]
    return set(table[max(table, key=lambda column: table[column].isin(samples).sum())])


def _column_notes(matrix: GeneMatrix) -> list[str]:
    """What was made of columns that are not samples, or may not be."""
    notes = []
    if matrix.named:
        names = ", ".join(matrix.named)
        notes.append(
            f"{matrix.path}: {names}: no samples by their names, listed in ignore_columns; if one "
            "is a sample, take it out there and add it to the sample sheet"
        )
    if matrix.words:
        names = ", ".join(matrix.words)
        notes.append(f"{matrix.path}: {names}: words, no numbers; listed in ignore_columns")
    notes += [
        f"{matrix.path}: {name}: looks like no sample ({what}); to decide: add it to the sample "
        "sheet, or to ignore_columns"
        for name, what in matrix.odd.items()
    ]
    return notes


def _matrix(matrix: GeneMatrix) -> dict:
    entry = {"path": str(matrix.path), "format": matrix.format, "unit": matrix.unit}
    if matrix.unit == "fractions":
        entry["unit"] = FILL_IN
    if matrix.gene_column:
        entry["gene_column"] = matrix.gene_column
    ignored = [*matrix.words, *matrix.named]
    return entry | ({"ignore_columns": ignored} if ignored else {})


def _add_quantified(draft: Draft, kind: str, files: PerSample, found: Found) -> None:
    folder = _common_folder(files.files.values())
    column = f"{kind}_file"
    names = {sample: str(path.relative_to(folder)) for sample, path in files.files.items()}
    if not draft.add(names, "bulk", **{column: names}):
        draft.notes.append(
            f"{folder}: its {kind} files left aside, as another file has the samples"
        )
        return
    entry = {"format": kind, "folder": str(folder), "file_column": column}
    if kind == "salmon":
        entry["transcripts"] = str(found.transcripts[0]) if found.transcripts else FILL_IN
        known = found.transcripts[:1]
    else:
        known = list(files.files.values())[:1]
    draft.ids = draft.ids or [one for path in known for one in _first_ids(path, kind)]
    draft.bulk.append(entry)


def _first_ids(path: Path, kind: str) -> list[str]:
    column = 1 if kind == "salmon" else 0
    layout = layout_of(str(path))
    frame = pd.read_csv(path, sep=layout.separator, header=None, comment="#", dtype=str, nrows=5000)
    return frame[column].dropna().tolist()


def _add_cells(draft: Draft, found: Found) -> None:
    for kind in CELL_FORMATS:
        files = found.per_sample.get(kind)
        if files is None:
            continue
        if not files.files:
            draft.notes.append(
                f"{kind}: only raw droplets were found; cells are to be called first"
            )
            continue
        folder = _common_folder([*files.files.values(), *files.raw.values()])
        columns = {"cells_file": files.files, "raw_file": files.raw}
        names = {
            column: {sample: str(path.relative_to(folder)) for sample, path in mine.items()}
            for column, mine in columns.items()
            if mine
        }
        if not draft.add(files.files, "single_cell", **names):
            draft.notes.append(f"{folder}: its {kind} left aside, as other files have the samples")
            continue
        entry = {"format": kind, "folder": str(folder), "file_column": "cells_file"}
        draft.cells.append(entry | ({"raw_column": "raw_file"} if files.raw else {}))


def _common_folder(paths: Iterable[Path]) -> Path:
    parents = [path.parent for path in paths]
    folder = parents[0]
    while not all(parent == folder or folder in parent.parents for parent in parents):
        folder = folder.parent
    return folder


def _add_h5ad(draft: Draft, path: Path, clinical: Path) -> None:
    if not is_single_cell(path):
        import anndata as ad

        adata = ad.read_h5ad(path, backed="r")
        if draft.add(map(str, adata.obs_names), "bulk"):
            draft.ids = draft.ids or list(map(str, adata.var_names))
            draft.bulk.append({"path": str(path), "format": "h5ad"})
            draft.tables[path] = adata.obs.astype(str).reset_index(names="obs_names")
        return
    cells = cells_of(path)
    draft.ids = draft.ids or cells.ids
    names = list(cells.samples["sample"])
    files = {} if cells.sample_column else {"cells_file": {names[0]: path.name}}
    if not draft.add(names, "single_cell", **files):
        draft.notes.append(f"{path}: left aside, as other files have its samples")
        return
    draft.tables[path] = cells.samples
    if cells.sample_column is None:
        _one_sample(draft, path, cells.columns)
        return
    column = cells.sample_column
    draft.cells.append({"format": "h5ad", "path": str(path), "sample_column": column})
    if cells.patients is not None:
        write_tsv(cells.patients, clinical)
        draft.tables[clinical] = cells.patients


def _one_sample(draft: Draft, path: Path, columns: list[str]) -> None:
    """A file of cells none of whose columns is known to name samples: taken for one sample."""
    entry = {"format": "h5ad", "folder": str(path.parent), "file_column": "cells_file"}
    if entry not in draft.cells:
        draft.cells.append(entry)
    draft.notes.append(
        f"{path}: taken for one sample, as no column is known to name samples (columns of obs: "
        f"{', '.join(columns) or 'none'}); if one does, give the input `path` and `sample_column` "
        "in place of `folder` and `file_column`, and the sheet a row for each sample"
    )


def _cohort_text(draft: Draft, name: str, files: list[Path], circuit: str) -> str:
    samples = pd.DataFrame(draft.samples).fillna("")
    described = best_table(draft.tables, set(samples["sample"]))
    table = None if described is None else draft.tables[described]
    sheet = make_sheet(samples, table, described.name if described else "")
    write_tsv(sheet.frame, files[1])
    lines = Lines()
    lines.note(0, HEAD)
    lines.add(0, "title", value=name)
    species = guess_species(draft.ids) if draft.ids else None
    lines.add(0, "species", value=species.value if species else FILL_IN,
              guess=species.why if species else "-")  # fmt: skip
    lines.extend(sheet_lines(sheet, str(files[1])))
    _add_inputs(lines, draft)
    lines.extend(baseline_lines(sheet))
    clinic = _clinical_table(draft, sheet.patients, described)
    if clinic is not None:
        path, patient = clinic
        circuit = load_circuit(circuit_path(circuit))
        lines.extend(clinical_lines(draft.tables[path], str(path), patient, circuit))
    return lines.text()


def _add_inputs(lines: Lines, draft: Draft) -> None:
    if draft.bulk:
        lines.add(0, "bulk:")
        lines.add(1, "matrices:")
        for entry in draft.bulk:
            if entry.get("unit") == FILL_IN:
                comment = "to fill in: the numbers have fractions: tpm, fpkm, cpm"
            elif "unit" in entry:
                comment = f"guess: the numbers look like {entry['unit']}"
            else:
                comment = "guess: by the files' names"
            if "ignore_columns" in entry:
                comment += "; ignored is what describes genes and is not a sample"
            lines.item(2, comment, entry)
    if draft.cells:
        lines.add(0, "single_cell:")
        lines.add(1, "inputs:")
        for entry in draft.cells:
            lines.item(2, "guess: by the files' names and contents", entry)


def _clinical_table(
    draft: Draft, patients: set[str], described: Path | None
) -> tuple[Path, Guess] | None:
    """The table, other than that of the samples where there is one, that names most patients."""
    best, most = None, 0
    for path, table in draft.tables.items():
        if re.search(r"\.h5ad$", path.name):
            continue
        guess = guess_columns(table).get("patient")
        shares = {column: table[column].isin(patients).sum() for column in table if column}
        column = max(shares, key=lambda one: shares[one], default=None)
        if column is None or not shares[column]:
            continue
        if guess is None or shares[guess.value] < shares[column]:
            guess = Guess(column, f"it holds {shares[column]} of the patients' codes")
        # The table of samples stands for the clinic only where there is no other.
        weight = shares[column] * (1 if path == described else 1000)
        if weight > most:
            best, most = (path, guess), weight
    return best
