"""What a folder of data holds: quantifier outputs, matrices, single cells, small tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py
import pandas as pd

from innervate.inputs.annotation import is_numeric, named_annotations, read_columns, suspects
from innervate.inputs.readers import BESIDE, FEATURECOUNTS, Layout, column_of, layout_of
from innervate.inputs.tables import open_text, read_any_table
from innervate.inputs.units import looks_like
from innervate.intake.guess import guess_species
from innervate.runtime.damage import damage_problems
from innervate.runtime.errors import InnervateError, raise_if_any

DEEPEST = 6
"""Folders below the given one that are looked into."""
ROWS = 400
"""Rows that are looked at to find out what a table is."""
MOST_ROWS = 20_000
UNIQUE = 0.9
"""Share of different ids from which a column other than the first can name the genes."""
GENES = 200
"""Rows from which a table of numbers can be a matrix of genes."""

PER_SAMPLE = {
    "star": r"(?P<sample>.*?)[._-]?ReadsPerGene\.out\.tab(\.gz)?",
    "gdc": r"(?P<sample>.*?)(\.rna_seq)?[._-]augmented_star_gene_counts\.tsv(\.gz)?",
    "salmon": r"(?P<sample>.*?)[._-]?quant\.sf(\.gz)?",
    "loom": r"(?P<sample>.*)\.loom",
    "10x_h5": r"(?P<sample>.*)\.(h5|hdf5)",
    "10x_mtx": r"(?P<sample>.*?)[._-]?matrix\.mtx(\.gz)?",
}
CELL_FORMATS = ("loom", "10x_h5", "10x_mtx")
TABLE = re.compile(r"\.(tsv|csv|txt|tab|xlsx)(\.gz)?$", re.IGNORECASE)
RESULTS = re.compile(r"log2?[ _]?f(old)?c(hange)?|p[ ._]?val|padj|fdr|lfc", re.IGNORECASE)
"""Headers of tables of results, which are not expression."""
RAW = re.compile(r"(^|[_.-])(raw|droplets|unfiltered)([_.-]|$)")
PRODUCT = re.compile(
    r"[_.-]?((sample_)?(filtered|raw|unfiltered)?[_.-]?(feature|gene)_bc_matri(x|ces)(_h5)?"
    r"|raw|droplets|unfiltered|filtered)([_.-]|$)"
)
"""What Cell Ranger and users add to a sample's name."""
GENERIC = re.compile(
    r"outs?|count|per_sample_outs|quants?|salmon|star|cells|hg\d+|mm\d+|GRC[hm]\d+(-\S+)?|"
    r"(sample_)?(filtered|raw)?_?(feature|gene)_bc_matri(x|ces)"
)
"""Folders that are named by what is in them and not by a sample."""


@dataclass
class PerSample:
    """Files of one format, one a sample.

    Parameters
    ----------
    format
        As the cohort file calls it.
    files, raw
        By sample: its file (or folder), and its raw droplets.
    """

    format: str
    files: dict[str, Path] = field(default_factory=dict)
    raw: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class GeneMatrix:
    """A bulk matrix of genes and samples in one file.

    Parameters
    ----------
    path, format, unit
        As the cohort file gives them.
    samples
        Columns taken for samples.
    ids
        Gene identifiers.
    columns
        Columns of numbers, in order.
    words
        Columns of words beside the gene ids.
    named
        Columns of numbers that are an annotation of genes by their names.
    odd
        Columns of numbers that look like no sample, and what was seen: neither samples nor ignored,
        until a person says which.
    gene_column
        Where it is not the first.
    """

    path: Path
    format: str
    unit: str
    samples: list[str]
    ids: list[str]
    columns: list[str]
    words: list[str]
    named: list[str]
    odd: dict[str, str]
    gene_column: str = ""

    def declared(self, names: set[str]) -> GeneMatrix:
        """The same, with all columns as samples that a sheet names so."""
        kept = {*self.samples, *(name for name in [*self.named, *self.odd] if name in names)}
        order = [name for name in self.columns if name in kept]
        named = [name for name in self.named if name not in kept]
        odd = {name: what for name, what in self.odd.items() if name not in kept}
        return replace(self, samples=order, named=named, odd=odd)


@dataclass
class Found:
    """All that a folder holds.

    Parameters
    ----------
    per_sample
        By format.
    matrices
        Bulk matrices.
    h5ads
        AnnData files.
    transcripts
        Tables of transcript and gene.
    tables
        Small tables by path, all text.
    unknown
        Files of which nothing is made.
    results
        Tables that hold columns of a test's results, and so are taken for no counts.
    """

    per_sample: dict[str, PerSample] = field(default_factory=dict)
    matrices: list[GeneMatrix] = field(default_factory=list)
    h5ads: list[Path] = field(default_factory=list)
    transcripts: list[Path] = field(default_factory=list)
    tables: dict[Path, pd.DataFrame] = field(default_factory=dict)
    unknown: list[Path] = field(default_factory=list)
    results: dict[Path, list[str]] = field(default_factory=dict)


def scan(folder: Path) -> Found:
    """Look through a folder, file by file in order of their names.

    Raises
    ------
    InputError
        Naming each file that could be part of a cohort and is cut short or damaged.
    """
    found = Found()
    paths = list(_files(folder))
    raise_if_any(damage_problems(path for path in paths if _is_data(path.name)))
    for path in paths:
        name = path.name
        if name.endswith(".h5ad"):
            found.h5ads.append(path)
        elif re.search(r"tx2gene|transcripts?_(to_)?genes?", name, re.IGNORECASE):
            found.transcripts.append(path)
        elif not _add_per_sample(found, path, folder) and not _add_table(found, path):
            found.unknown.append(path)
    return found


def _is_data(name: str) -> bool:
    if name.startswith("~$"):
        # What a spreadsheet program leaves beside an open workbook.
        return False
    by_name = any(re.fullmatch(pattern, name) for pattern in PER_SAMPLE.values())
    return by_name or name.endswith(".h5ad") or TABLE.search(name) is not None


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and len(inside) <= DEEPEST and not any(p[0] == "." for p in inside):
            yield path


def _add_per_sample(found: Found, path: Path, folder: Path) -> bool:
    for kind, pattern in PER_SAMPLE.items():
        match = re.fullmatch(pattern, path.name)
        if match is None:
            continue
        if kind == "10x_h5" and not _is_10x(path):
            return False
        here = path
        if kind == "10x_mtx":
            alone = match["sample"] == ""
            here = path.parent if alone else path
        sample, raw = _sample_of(match["sample"], here, folder)
        mine = found.per_sample.setdefault(kind, PerSample(kind))
        (mine.raw if raw else mine.files)[sample] = here
        return True
    # Companions of a matrix.mtx are read with it.
    return bool(re.search(r"(barcodes|features|genes)\.tsv(\.gz)?$", path.name))


def _sample_of(stem: str, path: Path, folder: Path) -> tuple[str, bool]:
    """Name of the sample of a file, and whether the file holds raw droplets."""
    names = [stem, *(part.name for part in path.parents)]
    if path.is_dir():
        names.insert(0, path.name)
    raw = any(RAW.search(name) for name in names[:3])
    for name in names:
        plain = PRODUCT.sub("", name).strip("_.-")
        if plain and not GENERIC.fullmatch(name) and not GENERIC.fullmatch(plain):
            return plain, raw
        if name == folder.name:
            break
    return folder.name, raw


def _is_10x(path: Path) -> bool:
    try:
        with h5py.File(path, "r") as file:
            return "matrix" in file or any("barcodes" in file[key] for key in file)
    except (OSError, TypeError):
        return False


def _add_table(found: Found, path: Path) -> bool:
    if not TABLE.search(path.name):
        return False
    if not path.name.endswith(".xlsx"):
        matrix = _gene_matrix(path)
        if matrix is not None:
            found.matrices.append(matrix)
            return True
        columns = _results(path)
        if columns:
            found.results[path] = columns
            return True
    table, problems = read_any_table(path)
    # A table of thousands of rows is not a table of samples or patients.
    if problems or table.empty or len(table) > MOST_ROWS:
        return False
    found.tables[path] = table
    return True


def _gene_matrix(path: Path) -> GeneMatrix | None:
    """The matrix in a text file, or None where it does not read as one."""
    try:
        layout = layout_of(str(path))
        head = _rows(path, layout)
    except (OSError, ValueError):
        return None
    if len(head) < GENES or len(head.columns) < 2:
        return None
    if any(map(RESULTS.search, layout.header)):
        return None
    numeric = [name for name in head if is_numeric(head[name])]
    texts = [name for name in head if name not in numeric]
    found = _gene_column(path, layout, texts or layout.header[:1])
    if found is None:
        return None
    gene_column, ids = found
    form = "matrix"
    if set(FEATURECOUNTS) <= set(layout.header):
        form = "featurecounts"
    elif layout.header[:2] == ["gene_id", "gene_name"]:
        form = "nfcore"
    beside = {gene_column, *BESIDE.get(form, ())}
    columns = [name for name in layout.header if name and name in numeric and name not in beside]
    named = named_annotations(columns)
    numbers = read_columns(str(path), layout, columns, None).apply(pd.to_numeric, errors="coerce")
    odd = suspects(numbers.drop(columns=named))
    samples = [name for name in columns if name not in named and name not in odd]
    if not samples:
        return None
    # Of a quantifier the unit is known.
    unit = "counts" if form != "matrix" else looks_like(numbers[samples].fillna(0).to_numpy())
    words = [name for name in texts if name and name not in beside]
    return GeneMatrix(
        path, form, unit, samples, ids, columns, words, named, odd,
        "" if gene_column == layout.header[0] else gene_column,
    )  # fmt: skip


def _results(path: Path) -> list[str]:
    """Columns of a test's results in a table of as many rows as genes have."""
    try:
        layout = layout_of(str(path))
        rows = len(_rows(path, layout))
    except (OSError, ValueError):
        return []
    return [name for name in layout.header if RESULTS.search(name)] if rows >= GENES else []


def _gene_column(path: Path, layout: Layout, candidates: list[str]) -> tuple[str, list[str]] | None:
    """The first of some columns that names genes, and its cells.

    Behind the first column, a gene in most rows may also be what was found mutated in a patient.
    """
    for name in dict.fromkeys(candidates):
        ids = column_of(str(path), layout, name)
        if name != layout.header[0] and len(set(ids)) < UNIQUE * len(ids):
            continue
        try:
            if guess_species(ids) is not None:
                return name, ids
        except InnervateError:
            continue
    return None


def _rows(path: Path, layout: Layout) -> pd.DataFrame:
    """The first rows; a column without a name is passed over, unless it is the first."""
    names = [layout.header[0], *filter(None, layout.header[1:])]
    places = [at for at, name in enumerate(layout.header) if name or not at]
    with open_text(path) as handle:
        frame = pd.read_csv(
            handle, sep=layout.separator, header=None, skiprows=layout.skipped, nrows=ROWS,
            usecols=places, dtype=str, keep_default_na=False, na_values=["", "NA", "NaN"],
        )  # fmt: skip
    return frame.set_axis(names, axis=1)
