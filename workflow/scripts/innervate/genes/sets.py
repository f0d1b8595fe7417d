"""The curated gene sets of resources/gene_sets, and GMT files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from innervate.genes.orthologs import human_to_mouse
from innervate.genes.table import load_genes
from innervate.runtime.errors import InputError, Problem
from innervate.runtime.files import RESOURCES

FOLDER = RESOURCES / "gene_sets"


@dataclass(frozen=True)
class GeneSet:
    """A gene set with signed weights, and where it comes from.

    Parameters
    ----------
    name
        As in the circuit file.
    genes
        Approved symbols.
    weights
        One a gene; negative where activity lowers the gene.
    node
        What it measures.
    source, confidence
        As in ``resources/gene_sets/registry.tsv``; of a native set of the mouse, as in
        ``registry_mouse_native.tsv``.
    """

    name: str
    genes: tuple[str, ...]
    weights: tuple[float, ...]
    node: str = ""
    source: str = ""
    confidence: str = ""

    def without(self, genes: frozenset[str]) -> GeneSet:
        """Return the set without some genes, for tests against those genes themselves."""
        kept = [pair for pair in zip(self.genes, self.weights, strict=True) if pair[0] not in genes]
        names, weights = zip(*kept, strict=True) if kept else ((), ())
        return GeneSet(self.name, names, weights, self.node, self.source, self.confidence)


def load_sets(species: str) -> dict[str, GeneSet]:
    """Load the curated sets of a species, by name.

    Parameters
    ----------
    species
        ``human`` or ``mouse``.
    """
    registry = _read_registry("registry.tsv")
    if species == "mouse":
        native = _read_registry("registry_mouse_native.tsv")
        registry = pd.concat([native, registry[~registry.index.isin(native.index)]])
    frame = read_weighted(FOLDER / f"sets_{species}.tsv")
    return {
        name: GeneSet(
            name,
            tuple(rows["symbol"]),
            tuple(rows["weight"]),
            *registry.loc[name, ["node", "source", "confidence"]],
        )
        for name, rows in frame.groupby("set", sort=False)
    }


def _read_registry(name: str) -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / name, sep="\t", dtype=str, keep_default_na=False)
    return frame.set_index("set")


def read_weighted(path: str | Path) -> pd.DataFrame:
    """Read a table of ``set, symbol, weight``."""
    types = {"set": str, "symbol": str, "weight": float}
    return pd.read_csv(path, sep="\t", dtype=types, keep_default_na=False)


def mouse_sets(human: pd.DataFrame, native: pd.DataFrame) -> pd.DataFrame:
    """Mouse view of the human sets: orthologs, except where a native set is given.

    Parameters
    ----------
    human, native
        Tables of ``set, symbol, weight``.

    Returns
    -------
    DataFrame
        The same columns; a gene without a clear ortholog is not in it.
    """
    table = load_genes("mouse")
    pairs = {symbol: table.by_alias.get(mouse, mouse) for symbol, mouse in human_to_mouse().items()}
    mapped = human[~human["set"].isin(native["set"])].copy()
    mapped["symbol"] = [
        # Ribosomal and mitochondrial genes are named alike; few of them are one-to-one orthologs.
        pairs.get(symbol, _same_name(symbol) if name.startswith("QC_") else None)
        for name, symbol in zip(mapped["set"], mapped["symbol"], strict=True)
    ]
    mapped = mapped.dropna(subset="symbol").drop_duplicates(["set", "symbol"])
    return pd.concat([mapped, native], ignore_index=True)


def _same_name(symbol: str) -> str:
    if symbol.startswith("MT-"):
        return f"mt-{symbol[3:].capitalize()}"
    return symbol.capitalize()


def write_gmt(frame: pd.DataFrame) -> str:
    """Text of a GMT file with the upward genes of each set that measures a state.

    Sets for quality control and markers of cell types are left out.
    """
    lines = []
    for name, rows in frame[frame["weight"] > 0].groupby("set", sort=False):
        if not name.startswith(("QC_", "CELL_")):
            lines.append("\t".join([name, "resources/gene_sets/registry.tsv", *rows["symbol"]]))
    return "\n".join(lines) + "\n"


def read_gmt(path: str | Path) -> dict[str, list[str]]:
    """Read a GMT file: a set a line, its name, a description, then its genes.

    Raises
    ------
    InputError
        Naming every line that has no genes or a name that another line has.
    """
    sets: dict[str, list[str]] = {}
    problems = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        name, _, *genes = [*line.rstrip("\t").split("\t"), "", ""][: max(3, line.count("\t") + 1)]
        genes = list(dict.fromkeys(gene.strip() for gene in genes if gene.strip()))
        if not line.strip():
            continue
        if not genes or name in sets:
            found = "a name that stands twice" if name in sets else "no genes"
            expected = "name, description and genes, separated by tabs"
            problems.append(Problem(str(path), f"line {number}", found, expected))
        sets[name] = genes
    if problems:
        raise InputError(problems)
    return sets


def membership(sets: Mapping[str, GeneSet], genes: pd.Index) -> tuple[np.ndarray, list[str]]:
    """Weights of sets as a matrix, for scoring many sets in one product.

    Parameters
    ----------
    sets
        By name.
    genes
        The matrix's genes.

    Returns
    -------
    tuple
        Sets x genes weights, zero where a gene is not in the set; and the set names.
    """
    position = pd.Series(np.arange(len(genes)), index=genes)
    weights = np.zeros((len(sets), len(genes)))
    for row, gene_set in enumerate(sets.values()):
        at = position.reindex(gene_set.genes)
        found = at.notna().to_numpy()
        weights[row, at[found].astype(int)] = np.asarray(gene_set.weights)[found]
    return weights, list(sets)
