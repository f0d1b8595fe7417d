"""Which genes the simulated matrix holds, and what each kind of cell expresses of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.genes.sets import GeneSet
from innervate.simulate import markers
from innervate.simulate.circuit import CONFOUNDER, NODES, PROGRAMS, RESPONSES, planted_genes
from innervate.simulate.markers import COMPARTMENTS, MARKERS, SHARED

DRIVERS = [*(node.name for node in NODES), CONFOUNDER]
"""What moves expression inside cells: the nodes of the circuit, and the confounder."""

RIBOSOMAL = re.compile(r"RP(LP\d|[LS]\d+[AX]?)$")
MITOCHONDRIAL = re.compile(r"MT-(CO|ND|ATP|CYB)")


@dataclass(frozen=True)
class Profiles:
    """What each kind of cell expresses, and what moves it.

    Parameters
    ----------
    genes
        Symbols, in the order of the gene table.
    levels
        compartments x genes, log2 counts per million of a pure population.
    responses
        By tissue: compartments x drivers x genes, log2 change per unit of the driver.
    programs
        programs x genes, log2 change per SD of what has nothing to do with the circuit:
        the control gene sets, and hidden factors that touch all genes a little.
    typical
        By gene: whether it varies as the typical gene does, neither calmer nor wilder. True of
        those that may stand alone for a node, so that the node does not hang on luck.
    """

    genes: pd.Index
    levels: np.ndarray
    responses: dict[str, np.ndarray]
    programs: np.ndarray
    typical: np.ndarray


def build_profiles(
    table: pd.DataFrame,
    sets: Mapping[str, GeneSet],
    genes: int,
    rng: np.random.Generator,
) -> Profiles:
    """Choose genes and draw what the compartments express of them.

    Parameters
    ----------
    table
        Gene table with columns ensembl_id, symbol and biotype.
    sets
        Gene sets by name.
    genes
        How many genes to choose; those with a planted effect come first.
    rng
        Source of randomness.
    """
    chosen = choose_genes(table, sets, genes, rng)
    levels = _levels(chosen, sets, rng)
    responses = _responses(chosen, sets, rng)
    typical = chosen.isin(SHARED)
    return Profiles(chosen, levels, responses, _programs(chosen, sets, typical, rng), typical)


def choose_genes(
    table: pd.DataFrame,
    sets: Mapping[str, GeneSet],
    genes: int,
    rng: np.random.Generator,
) -> pd.Index:
    """Choose genes: what must be there, then the genes of the sets, then random ones.

    Returns
    -------
    Index
        Symbols in the order of the gene table; fewer than `genes` only where it has fewer.
    """
    symbols = pd.Index(table["symbol"].dropna()).drop_duplicates()
    # Loci without a name of their own would only be strangers in a demo.
    symbols = symbols[(symbols != "") & ~symbols.str.contains(r"\.|^LOC\d")]
    wanted = [gene for response in RESPONSES for gene in planted_genes(response, sets)]
    wanted += _words(markers.FEMALE, markers.MALE, markers.SILENT, *MARKERS.values())
    wanted += [*SHARED, *markers.HPV_SIGNATURE, *_words(*markers.LEVELS.values())]
    wanted += [gene for gene in symbols if RIBOSOMAL.match(gene) or MITOCHONDRIAL.match(gene)]
    is_coding = table["biotype"].eq("protein_coding") & table["ensembl_id"].fillna("").ne("")
    coding = table.loc[is_coding, "symbol"]
    others = sorted({gene for item in sets.values() for gene in item.genes} & set(coding))
    ordinary = symbols[symbols.isin(set(coding))].to_numpy()
    ranked = pd.Index([*wanted, *others, *rng.permutation(ordinary)]).drop_duplicates()
    chosen = set(ranked[ranked.isin(symbols)][:genes])
    return pd.Index([gene for gene in symbols if gene in chosen], name="gene")


def _words(*texts: str) -> list[str]:
    return [word for text in texts for word in text.split()]


def _levels(genes: pd.Index, sets: Mapping[str, GeneSet], rng: np.random.Generator) -> np.ndarray:
    count = len(genes)
    # A bulk matrix has two humps: genes that the tissue uses, and genes that it hardly does.
    used = rng.random(count) < 0.72
    base = np.where(used, rng.normal(4.6, 1.7, count), rng.normal(-2.5, 1.8, count))
    base = np.minimum(base, 9.0)
    of_types = {g for name, one in sets.items() if name.startswith("CELL_") for g in one.genes}
    of_states = {g for name, one in sets.items() if not name.startswith("CELL_") for g in one.genes}
    base = np.where(genes.isin(of_states), rng.normal(5.0, 1.3, count), base)
    # Markers of cells that no compartment stands for (mast cells, neutrophils).
    base = np.where(genes.isin(of_types - of_states), np.minimum(base, -1.0), base)
    base = np.where([_is_silent(gene) for gene in genes], rng.normal(-5.0, 1.5, count), base)
    ribosomal = [bool(RIBOSOMAL.match(gene)) for gene in genes]
    base = np.where(ribosomal, rng.normal(markers.RIBOSOMAL_LEVEL, 0.6, count), base)
    level_of = {gene: level for level, names in markers.LEVELS.items() for gene in names.split()}
    known = np.array([level_of.get(gene, np.nan) for gene in genes])
    base = np.where(np.isnan(known), base, known + rng.normal(0, 0.4, count))
    levels = base + rng.normal(0, 0.6, (len(COMPARTMENTS), count))

    at = {gene: position for position, gene in enumerate(genes)}
    for response in RESPONSES:
        for gene in planted_genes(response, sets) if response.exclusive else ():
            _set_home(levels, at.get(gene), dict.fromkeys(response.compartments, 6.5), 4.0, rng)
    for compartment, names in MARKERS.items():
        for gene in names.split():
            level = markers.STRONG_MARKERS.get(gene, rng.normal(8.0, 1.0))
            _set_home(levels, at.get(gene), {compartment: level}, 7.0, rng)
    for gene, homes in SHARED.items():
        _set_home(levels, at.get(gene), homes, 7.0, rng)
    for gene in _words(markers.SILENT):
        if gene in at:
            levels[:, at[gene]] = rng.normal(-4.0, 0.5, len(COMPARTMENTS))
    for gene, level in markers.SEX_LEVELS.items():
        if gene in at:
            levels[:, at[gene]] = level
    return levels


def _is_silent(gene: str) -> bool:
    family = gene.startswith(markers.SILENT_PREFIXES)
    return family and not (gene.startswith("OR") and not gene[2:3].isdigit())


def _set_home(
    levels: np.ndarray,
    column: int | None,
    homes: Mapping[str, float],
    below: float,
    rng: np.random.Generator,
) -> None:
    noise = rng.normal(0, 0.4, len(COMPARTMENTS))
    if column is None:
        return
    levels[:, column] = min(homes.values()) - below + noise
    for compartment, level in homes.items():
        levels[COMPARTMENTS.index(compartment), column] = level


def _responses(
    genes: pd.Index, sets: Mapping[str, GeneSet], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    at = {gene: position for position, gene in enumerate(genes)}
    shape = (len(COMPARTMENTS), len(DRIVERS), len(genes))
    planted = {tissue: np.zeros(shape) for tissue in markers.FRACTIONS}
    for response in RESPONSES:
        rows = [COMPARTMENTS.index(name) for name in response.compartments]
        driver = DRIVERS.index(response.node)
        for gene, sign in planted_genes(response, sets).items():
            size = sign * rng.uniform(response.low, response.high)
            if gene in at:
                planted[response.tissue][rows, driver, at[gene]] = size
    for gene, size in markers.HPV_SIGNATURE.items():
        if gene in at:
            for array in planted.values():
                array[COMPARTMENTS.index("malignant"), DRIVERS.index(CONFOUNDER), at[gene]] = size
    return planted


def _programs(
    genes: pd.Index, sets: Mapping[str, GeneSet], typical: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    inside = np.array([genes.isin(sets[name].genes) for name in PROGRAMS])
    own = inside * rng.uniform(0.15, 0.5, inside.shape)
    # Eight dense factors stand for all the biology that has no name here; genes differ in how
    # much they vary between patients, some by far.
    reach = np.minimum(0.15 * rng.lognormal(0, 0.5, len(genes)), 0.5)
    reach = np.where(typical, 0.15, reach)
    return np.vstack([own, rng.normal(0, reach, (8, len(genes)))])
