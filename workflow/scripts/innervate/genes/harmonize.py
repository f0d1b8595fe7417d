"""Bringing the gene ids of any input to approved symbols, with a row for each id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from innervate.errors import InnervateError
from innervate.genes.table import GeneTable

IdType = Literal["ensembl", "entrez", "symbol"]

ENSEMBL = {"human": re.compile(r"^ENSG\d{11}"), "mouse": re.compile(r"^ENSMUSG\d{11}")}
VERSION = re.compile(r"^(ENS[A-Z]*G\d{11})(\.\d+)?(_PAR_Y)?([|_].*)?$")
NOT_GENES = re.compile(r"^(N_(unmapped|multimapping|noFeature|ambiguous)|__\w+|ERCC-\d+|)$")
EXCEL_DATE = re.compile(r"^(\d{1,2})-(Mar|Sep|Dec)$|^(Mar|Sep|Dec)-(\d{1,2})$", re.I)
EXCEL_FAMILY = {"mar": "MARCHF", "sep": "SEPTIN", "dec": "DELEC"}

MIN_SHARE = 0.5
"""Share of ids that must be of one kind, else the kind is not clear and the user is asked."""


def detect_id_type(ids: Sequence[str], table: GeneTable) -> IdType:
    """Say which kind of identifier a matrix uses.

    Parameters
    ----------
    ids
        Gene ids as they stand in the input.
    table
        Genes of the declared species.

    Raises
    ------
    InnervateError
        Where no kind fits at least half of the ids, or they are of another species.
    """
    present = [name for name in ids if not NOT_GENES.match(name)]
    if not present:
        msg = "the matrix has no gene ids"
        raise InnervateError(msg)
    other = next(species for species in ENSEMBL if species != table.species)
    symbols = set(table.facts.index)
    shares = {
        "ensembl": np.mean([bool(ENSEMBL[table.species].match(name)) for name in present]),
        "entrez": np.mean([name.isdecimal() for name in present]),
        "symbol": np.mean([name in symbols or name in table.by_alias for name in present]),
    }
    best = max(shares, key=shares.get)
    # Old annotations hold many retired clone names, so a fifth of known symbols is a match.
    if shares[best] >= (0.2 if best == "symbol" else MIN_SHARE):
        return best
    example = ", ".join(present[:3])
    if np.mean([bool(ENSEMBL[other].match(name)) for name in present]) >= MIN_SHARE:
        msg = f"gene ids such as {example} are of {other}, but the cohort declares {table.species}"
    else:
        msg = (
            f"gene ids such as {example} are neither Ensembl ids nor Entrez ids nor "
            f"{table.species} symbols: declare `gene_column`, or check `species`"
        )
    raise InnervateError(msg)


def harmonize(ids: Sequence[str], table: GeneTable) -> pd.DataFrame:
    """Give each input id its approved symbol.

    An approved symbol always means itself. An alias or outdated symbol is renamed only where it
    names one gene. Several ids of one gene (an alias beside its symbol, the Ensembl ids of
    alternate haplotypes, Y copies of the pseudoautosomal genes) are merged. Counts that belong
    to no gene and spike-ins are dropped. An id that the table does not know is kept as it is.

    Parameters
    ----------
    ids
        Gene ids of the matrix, in its order.
    table
        Genes of the cohort's species.

    Returns
    -------
    DataFrame
        One row an id, in order: ``input_id, name`` (empty where dropped), ``gene_id, symbol,
        status`` (kept, renamed, merged, dropped), ``reason, chromosome, start, biotype``.
    """
    ids = [str(name).strip() for name in ids]
    kind = detect_id_type(ids, table)
    resolve = {"ensembl": _from_ensembl, "entrez": _from_entrez, "symbol": _from_symbol}[kind]
    rows = [
        ("", "dropped", "counts of no gene, or a spike-in")
        if NOT_GENES.match(name)
        else resolve(name, table)
        for name in ids
    ]
    mapping = pd.DataFrame(rows, columns=["name", "status", "reason"])
    mapping.insert(0, "input_id", ids)
    kept = mapping["status"] != "dropped"
    several = kept & mapping["name"].where(kept).duplicated(keep=False)
    mapping.loc[several, "status"] = "merged"
    mapping.loc[several, "reason"] = [
        "; ".join(filter(None, [reason, f"several ids of {name}"]))
        for name, reason in mapping.loc[several, ["name", "reason"]].itertuples(index=False)
    ]
    facts = table.facts.reindex(mapping["name"]).fillna("")
    mapping["gene_id"] = facts["ensembl_id"].to_numpy()
    if kind == "ensembl":
        own = mapping["input_id"].str.replace(VERSION, r"\1", regex=True)
        mapping["gene_id"] = own.where(kept & ~several, mapping["gene_id"])
    for column in ("symbol", "chromosome", "start", "biotype"):
        mapping[column] = facts[column].to_numpy()
    mapping["start"] = pd.to_numeric(mapping["start"]).astype("Int64")
    columns = ["input_id", "name", "gene_id", "symbol", "status", "reason"]
    return mapping[[*columns, "chromosome", "start", "biotype"]]


def _from_ensembl(name: str, table: GeneTable) -> tuple[str, str, str]:
    match = VERSION.match(name)
    stem = match[1] if match else name
    if stem in table.by_ensembl:
        return table.by_ensembl[stem], "kept", ""
    return stem, "kept", "not in the gene table"


def _from_entrez(name: str, table: GeneTable) -> tuple[str, str, str]:
    if name in table.by_entrez:
        return table.by_entrez[name], "kept", ""
    return name, "kept", "not in the gene table"


def _from_symbol(name: str, table: GeneTable) -> tuple[str, str, str]:
    if name in table.facts.index:
        return name, "kept", ""
    if name in table.by_alias:
        return table.by_alias[name], "renamed", f"{name} is an alias of {table.by_alias[name]}"
    if date := EXCEL_DATE.match(name):
        month, number = (date[2], date[1]) if date[2] else (date[3], date[4])
        symbol = f"{EXCEL_FAMILY[month.lower()]}{int(number)}"
        if symbol in table.facts.index:
            return symbol, "renamed", f"{name} is {symbol}, turned into a date by a spreadsheet"
    if ENSEMBL[table.species].match(name):
        return _from_ensembl(name, table)
    return name, "kept", "not in the gene table"


def collapse(
    values: np.ndarray, mapping: pd.DataFrame, how: Literal["sum", "mean"]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Merge the rows of each gene.

    Parameters
    ----------
    values
        Genes x samples, rows in the order of `mapping`.
    mapping
        What `harmonize` gave.
    how
        ``sum`` for counts and other additive units, ``mean`` for logarithms.

    Returns
    -------
    tuple
        The matrix, names x samples, and a frame indexed by name with ``gene_id, symbol,
        chromosome, start, biotype``; names stand in the order of their first row.
    """
    kept = (mapping["status"] != "dropped").to_numpy()
    names = mapping.loc[kept, "name"]
    codes, unique = pd.factorize(names)
    merged = np.zeros((len(unique), values.shape[1]))
    np.add.at(merged, codes, values[kept])
    if how == "mean":
        merged /= np.bincount(codes)[:, None]
    facts = mapping[kept].drop_duplicates("name").set_index("name")
    return merged, facts.loc[unique, ["gene_id", "symbol", "chromosome", "start", "biotype"]]
