"""The gene tables of resources/genes: identifiers, approved symbols, other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandas as pd

from innervate.runtime.files import RESOURCES

Species = Literal["human", "mouse"]


@dataclass(frozen=True)
class GeneTable:
    """The genes of a species, and look-ups from each kind of identifier to a symbol.

    Parameters
    ----------
    species
        ``human`` or ``mouse``.
    frame
        One row a named gene and Ensembl id: ``ensembl_id, symbol, entrez, biotype, chromosome,
        start`` (bp from 1, only of protein-coding genes), ``previous, aliases`` (separated by
        semicolons), all text. The first row of a symbol is its primary gene; an id on an
        alternate haplotype has no chromosome.
    by_ensembl, by_entrez
        Identifier to symbol.
    by_symbol
        Symbol to the primary gene's Ensembl id, empty where Ensembl has none.
    by_alias
        Other name to symbol, only where it means one gene. A name that was official in an
        earlier release outranks colloquial use, and an approved symbol is never an alias.
    ambiguous
        Other names of several genes.
    facts
        By symbol: ``ensembl_id, symbol, entrez, chromosome, start, biotype`` of the primary gene.
    """

    species: Species
    frame: pd.DataFrame
    by_ensembl: Mapping[str, str]
    by_entrez: Mapping[str, str]
    by_symbol: Mapping[str, str]
    by_alias: Mapping[str, str]
    ambiguous: frozenset[str]
    facts: pd.DataFrame


@cache
def load_genes(species: Species) -> GeneTable:
    """Load the gene table of a species.

    Parameters
    ----------
    species
        ``human`` or ``mouse``.
    """
    path = RESOURCES / "genes" / f"{species}.tsv.gz"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    primary = frame.drop_duplicates("symbol")
    ensembl = frame[frame["ensembl_id"] != ""]
    entrez = frame[frame["entrez"] != ""]
    by_alias, ambiguous = _other_names(primary)
    columns = ["ensembl_id", "symbol", "entrez", "chromosome", "start", "biotype"]
    return GeneTable(
        species,
        frame,
        _look_up(ensembl["ensembl_id"], ensembl["symbol"]),
        _look_up(entrez["entrez"], entrez["symbol"]),
        _look_up(primary["symbol"], primary["ensembl_id"]),
        by_alias,
        ambiguous,
        primary.set_index("symbol", drop=False)[columns].rename_axis(None),
    )


def _look_up(keys: pd.Series, values: pd.Series) -> dict[str, str]:
    return dict(zip(keys, values, strict=True))


def _other_names(primary: pd.DataFrame) -> tuple[dict[str, str], frozenset[str]]:
    by_alias: dict[str, str] = {}
    ambiguous: set[str] = set()
    for column in ("previous", "aliases"):
        pairs = primary.loc[primary[column] != "", ["symbol", column]]
        pairs = pairs.assign(name=pairs[column].str.split(";")).explode("name")
        pairs = pairs[~pairs["name"].isin({*by_alias, *ambiguous})]
        several = pairs["name"].duplicated(keep=False)
        ambiguous.update(pairs.loc[several, "name"])
        by_alias.update(_look_up(pairs.loc[~several, "name"], pairs.loc[~several, "symbol"]))
    return by_alias, frozenset(ambiguous)
