"""The gene tables of resources/genes: identifiers, approved symbols, aliases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from innervate.files import RESOURCES

FAMILY = 10
"""A name that more Ensembl ids share, and NCBI does not know as a gene, is a family's (Y_RNA).

Killer-cell receptors have as many ids, one a haplotype, but are genes of their own.
"""


@dataclass(frozen=True)
class GeneTable:
    """The genes of a species, and look-ups from each kind of identifier to a symbol.

    Parameters
    ----------
    species
        ``human`` or ``mouse``.
    frame
        One row a gene and Ensembl id: ``ensembl_id, symbol, entrez, biotype, chromosome,
        start, aliases`` (aliases separated by semicolons), all text; the first row of a symbol
        is its primary gene, not one on an alternate haplotype.
    by_ensembl, by_entrez
        Identifier to symbol; a gene without a symbol of its own keeps its Ensembl id.
    by_alias
        Alias to symbol, only where the alias names one gene and is no approved symbol itself.
    facts
        By symbol (or Ensembl id, where there is none): identifiers and position of the
        primary gene.
    """

    species: str
    frame: pd.DataFrame
    by_ensembl: Mapping[str, str]
    by_entrez: Mapping[str, str]
    by_alias: Mapping[str, str]
    facts: pd.DataFrame


@cache
def load_genes(species: str) -> GeneTable:
    """Load the gene table of a species.

    Parameters
    ----------
    species
        ``human`` or ``mouse``.
    """
    path = RESOURCES / "genes" / f"{species}.tsv.gz"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    named = frame.groupby("symbol").agg(ids=("ensembl_id", "nunique"), entrez=("entrez", "max"))
    shared = frame["symbol"].isin(named.index[(named["ids"] > FAMILY) & (named["entrez"] == "")])
    name = frame["symbol"].where(frame["symbol"].ne("") & ~shared, frame["ensembl_id"])
    frame = frame.assign(name=name)
    entrez = frame[frame["entrez"] != ""].drop_duplicates("entrez")
    ensembl = frame[frame["ensembl_id"] != ""]
    columns = ["ensembl_id", "symbol", "chromosome", "start", "biotype"]
    return GeneTable(
        species,
        frame.drop(columns="name"),
        dict(zip(ensembl["ensembl_id"], ensembl["name"], strict=True)),
        dict(zip(entrez["entrez"], entrez["name"], strict=True)),
        _unambiguous_aliases(frame),
        frame.drop_duplicates("name").set_index("name")[columns],
    )


def _unambiguous_aliases(frame: pd.DataFrame) -> dict[str, str]:
    listed = frame.loc[(frame["aliases"] != "") & (frame["symbol"] != ""), ["symbol", "aliases"]]
    pairs = listed.assign(alias=listed["aliases"].str.split(";")).explode("alias")
    pairs = pairs[["alias", "symbol"]].drop_duplicates()
    pairs = pairs[~pairs["alias"].isin(set(frame["symbol"]))]
    pairs = pairs[~pairs["alias"].duplicated(keep=False)]
    return dict(zip(pairs["alias"], pairs["symbol"], strict=True))
