"""Bringing the gene ids of any input to approved symbols, with a row for each id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.genes.table import GeneTable
from innervate.runtime.errors import InnervateError

IdType = Literal["ensembl", "entrez", "symbol"]

ENSEMBL = {"human": r"ENSG\d{11}", "mouse": r"ENSMUSG\d{11}"}
ANY_ENSEMBL = r"(ENS[A-Z]{0,4}G\d{11})"
NOT_A_GENE = re.compile(
    r"N_(unmapped|multimapping|noFeature|ambiguous)|__\w+|ERCC-\d+|SIRV\w*|na|nan|none|\?|-|",
    re.IGNORECASE,
)
"""Summary lines of STAR and HTSeq, spike-ins, and what stands for a missing id."""

DATE = re.compile(r"(\d{1,2})-(Mar|Sept?|Dec)|(Mar|Sept?|Dec)-(\d{1,2})", re.IGNORECASE)
DATE_FAMILIES = {"mar": ("MARCHF", "MTARC"), "sep": ("SEPTIN",), "dec": ("DELEC",)}
"""Gene families whose old names (MARCH1, MARC1, SEPT2, DEC1) spreadsheets turn into dates."""

MIN_SHARE = 0.5
"""Share of ids that must look alike to be Ensembl or Entrez ids."""

MIN_KNOWN = 0.2
"""Share of ids that must be known genes; old annotations hold many retired clone names."""

UNKNOWN = "not in the gene table"
NO_SYMBOL = "Ensembl gene without a symbol"
RESULT = [
    *("input_id", "name", "gene_id", "symbol", "status", "reason"),
    *("chromosome", "start", "biotype"),
]


CLONE_IN_CAPITALS = r"\d{7}[A-Z]\d{2}RIK\d?"
"""A gene of the mouse named by its clone, as 0610007P14Rik, in capitals; no human gene is."""
FEW_CLONES = 5


def detect_id_type(ids: Sequence[str], table: GeneTable | None = None) -> IdType:
    """Say which kind of identifier a matrix uses, by the majority of its ids.

    Parameters
    ----------
    ids
        Gene ids as they stand in the input; an id may hold several, as ``ENSG...|TP53``.
    table
        Genes of the declared species; without it, the species and the symbols are not checked.

    Raises
    ------
    InnervateError
        Where there are no ids, none are known, or they are of another species.
    """
    present = _clean(ids)
    present = present[~present.str.fullmatch(NOT_A_GENE)]
    if present.empty:
        msg = "the matrix has no gene ids: declare which column holds them as `gene_column`"
        raise InnervateError(msg)
    ensembl = present.str.extract(ANY_ENSEMBL, expand=False)
    numbers = present.str.fullmatch(r"\d+")
    kind: IdType = "symbol"
    if ensembl.notna().mean() >= MIN_SHARE:
        kind = "ensembl"
    elif numbers.mean() >= MIN_SHARE:
        kind = "entrez"
    if table is not None:
        _check_species(kind, present, ensembl, table)
    return kind


def _check_species(kind: IdType, present: pd.Series, ensembl: pd.Series, table: GeneTable) -> None:
    example = ", ".join(present.iloc[:3])
    if kind == "ensembl":
        right = ensembl.dropna().str.fullmatch(ENSEMBL[table.species])
        if right.mean() >= MIN_SHARE:
            return
        other = next(name for name in ENSEMBL if name != table.species)
        found = other if ensembl.dropna().str.fullmatch(ENSEMBL[other]).any() else "another species"
        msg = (
            f"gene ids such as {example} are of {found}, but the cohort declares "
            f"`species: {table.species}`"
        )
        raise InnervateError(msg)
    known = {"entrez": [table.by_entrez], "symbol": [table.by_symbol, table.by_alias]}[kind]
    first = present.str.split("|").str[0]
    clones = present[present.str.fullmatch(CLONE_IN_CAPITALS)]
    # Some mouse data have clones in capitals beside symbols as the mouse has them: they are fine.
    if len(clones) >= FEW_CLONES and present.str.isupper().mean() >= MIN_SHARE:
        msg = (
            f"gene ids such as {', '.join(clones.iloc[:3])} are symbols of the mouse in capitals, "
            "in which many would be taken for genes of the human: give `species: mouse` and the "
            "symbols as the mouse has them (Cd8a), or another column as `gene_column`"
        )
        raise InnervateError(msg)
    if np.logical_or.reduce([first.isin(names.keys()) for names in known]).mean() >= MIN_KNOWN:
        return
    kinds = "Entrez ids" if kind == "entrez" else "symbols, Ensembl ids or Entrez ids"
    msg = (
        f"fewer than {MIN_KNOWN:.0%} of the gene ids, such as {example}, are known {kinds} of "
        f"{table.species}: check `species`, or declare the right column as `gene_column`"
    )
    raise InnervateError(msg)


def harmonize(ids: Sequence[str], table: GeneTable) -> pd.DataFrame:
    """Give each input id its approved symbol.

    An approved symbol always means itself. Another name is renamed only where it means one
    gene: first a name that was official in an earlier release, then an alias. If the gene's
    approved symbol, or a second id of it (a haplotype, a pseudoautosomal copy on Y), is in the
    input as well, the rows are merged. An unknown or ambiguous id is kept under its own name.

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
        status`` (kept, renamed, merged, dropped), ``reason, chromosome, start`` (bp, Int64),
        ``biotype``.

    Raises
    ------
    InnervateError
        Where the kind of id can't be determined, or the species is another one.
    """
    given = _clean(ids)
    kind = detect_id_type(ids, table)
    frame = pd.DataFrame({"input_id": given, "name": "", "gene_id": "", "reason": ""})
    frame["status"] = "kept"
    resolve = {"ensembl": _from_ensembl, "entrez": _from_entrez, "symbol": _from_symbol}[kind]
    resolve(frame, table)
    lost = given.str.fullmatch(NOT_A_GENE)
    reason = "no gene: a summary line, a spike-in or an empty id"
    frame.loc[lost, ["name", "gene_id", "status", "reason"]] = ["", "", "dropped", reason]
    return _describe(frame, table)


def _clean(ids: Sequence[str]) -> pd.Series:
    return pd.Series(["" if pd.isna(name) else str(name).strip() for name in ids], dtype=object)


def _fill(
    frame: pd.DataFrame, keys: pd.Series, names: Mapping[str, str], status: str, reason: str
) -> None:
    """Name what has no name yet; ``{}`` in the reason is the id as given."""
    found = keys[frame.loc[keys.index, "name"] == ""].map(names).dropna()
    frame.loc[found.index, "name"] = found
    frame.loc[found.index, "status"] = status
    given = frame.loc[found.index, "input_id"]
    frame.loc[found.index, "reason"] = [reason.format(name) for name in given]


def _keep_unknown(frame: pd.DataFrame, names: pd.Series, reasons: pd.Series | str) -> None:
    unknown = frame["name"] == ""
    reasons = pd.Series(reasons, index=frame.index)
    frame.loc[unknown, "name"] = names[unknown]
    frame.loc[unknown, "reason"] = reasons[unknown]


def _from_ensembl(frame: pd.DataFrame, table: GeneTable) -> None:
    gene = frame["input_id"].str.extract(ANY_ENSEMBL, expand=False)
    frame["gene_id"] = gene.fillna("")
    _fill(frame, gene, table.by_ensembl, "kept", "")
    # A few rows of an Ensembl matrix may be named otherwise: transgenes, added controls.
    _fill(frame, frame["input_id"].where(gene.isna()), _themselves(table), "kept", "")
    right = frame["gene_id"].str.fullmatch(ENSEMBL[table.species])
    reasons = pd.Series(np.where(right, NO_SYMBOL, UNKNOWN), index=frame.index)
    _keep_unknown(frame, gene.fillna(frame["input_id"]), reasons)


def _from_entrez(frame: pd.DataFrame, table: GeneTable) -> None:
    _fill(frame, frame["input_id"], table.by_entrez, "kept", "")
    _keep_unknown(frame, frame["input_id"], UNKNOWN)


def _from_symbol(frame: pd.DataFrame, table: GeneTable) -> None:
    given, itself = frame["input_id"], _themselves(table)
    _fill(frame, given, itself, "kept", "")
    _fill(frame, given, table.by_alias, "renamed", "{} is another name of this gene")
    given = given[frame["name"] == ""]
    gene = given.str.extract(ANY_ENSEMBL, expand=False)
    _fill(frame, gene, table.by_ensembl, "renamed", "{} is this gene's Ensembl id")
    first = given.str.split("|", regex=False).str[0].where(given.str.contains("|", regex=False))
    _fill(frame, first, itself, "renamed", "{} holds the symbol and another id")
    _fill(frame, first, table.by_alias, "renamed", "{} holds another name of this gene")
    number = given.str.extract(r"\|(\d+)$", expand=False)
    _fill(frame, number, table.by_entrez, "renamed", "{} holds this gene's Entrez id")
    dashed = given.str.replace(".", "-", regex=False)
    _fill(frame, dashed, itself, "renamed", "{} has dots where the symbol has hyphens")
    orf = given.str.replace(r"^(C(?:\d+|X|Y))ORF(\d+)$", r"\1orf\2", regex=True)
    _fill(frame, orf, itself, "renamed", "{} is the symbol in capitals")
    _fill(frame, orf, table.by_alias, "renamed", "{} is another name of this gene, in capitals")
    dates = given[given.str.fullmatch(DATE)]
    meant = {name: candidates for name in dates if (candidates := _of_date(name, table))}
    clear = {name: found[0] for name, found in meant.items() if len(found) == 1}
    _fill(frame, given, clear, "renamed", "{} is this gene, turned into a date by a spreadsheet")
    reasons = pd.Series(UNKNOWN, index=frame.index)
    reasons[given.index[given.isin(table.ambiguous)]] = "a name of several genes"
    reasons[given.index[given.isin(meant.keys())]] = "a spreadsheet's date of several genes"
    _keep_unknown(frame, frame["input_id"], reasons)


def _themselves(table: GeneTable) -> dict[str, str]:
    return {symbol: symbol for symbol in table.by_symbol}


def _of_date(name: str, table: GeneTable) -> list[str]:
    match = DATE.fullmatch(name)
    number, month = (match[1], match[2]) if match[1] else (match[4], match[3])
    families = DATE_FAMILIES[month.lower()[:3]]
    symbols = [f"{family}{int(number)}" for family in families]
    if table.species == "mouse":
        symbols = [symbol.capitalize() for symbol in symbols]
    return [symbol for symbol in symbols if symbol in table.by_symbol]


def _describe(frame: pd.DataFrame, table: GeneTable) -> pd.DataFrame:
    kept = frame["status"] != "dropped"
    several = kept & frame["name"].where(kept).duplicated(keep=False)
    reasons = frame.loc[several, "reason"]
    together = "several ids of one gene"
    frame.loc[several, "reason"] = (reasons + "; ").where(reasons != "", "") + together
    frame.loc[several, "status"] = "merged"
    facts = table.facts.reindex(frame["name"]).fillna("")
    # Merged rows share the primary gene's id; a single row keeps the id that it came with.
    own = frame["gene_id"].where(~several, "")
    frame["gene_id"] = own.where(own != "", facts["ensembl_id"].to_numpy())
    for column in ("symbol", "chromosome", "start", "biotype"):
        frame[column] = facts[column].to_numpy()
    frame["start"] = pd.to_numeric(frame["start"]).astype("Int64")
    return frame[RESULT]


def collapse(
    values: np.ndarray, mapping: pd.DataFrame, how: Literal["sum", "mean"] = "sum"
) -> tuple[np.ndarray, pd.DataFrame]:
    """Merge the rows of each gene, and leave out what was dropped.

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

    Raises
    ------
    ValueError
        Where the matrix and the mapping have different numbers of rows.
    """
    if len(values) != len(mapping):
        msg = f"{len(values)} rows of values but {len(mapping)} ids"
        raise ValueError(msg)
    kept, members, facts = _members(mapping)
    # A dropped row of missing values must not reach the others: 0 x NaN is not 0.
    merged = np.asarray(members @ np.asarray(values, dtype=float)[kept])
    if how == "mean":
        merged /= np.asarray(members.sum(axis=1)).reshape(-1, 1)
    return merged, facts


def collapse_sparse(
    counts: sparse.csr_matrix, mapping: pd.DataFrame
) -> tuple[sparse.csr_matrix, pd.DataFrame]:
    """Sum the columns of each gene, and leave out what was dropped; sparse stays sparse.

    Parameters
    ----------
    counts
        Cells x genes, columns in the order of `mapping`.
    mapping
        What `harmonize` gave.

    Returns
    -------
    tuple
        The matrix, cells x names, and the frame of genes as of `collapse`.

    Raises
    ------
    ValueError
        Where the matrix and the mapping have different numbers of genes.
    """
    if counts.shape[1] != len(mapping):
        msg = f"{counts.shape[1]} columns of values but {len(mapping)} ids"
        raise ValueError(msg)
    kept, members, facts = _members(mapping)
    merged = sparse.csr_matrix(counts[:, kept] @ members.T.astype(counts.dtype))
    # A sparse product leaves each row's columns in any order.
    merged.sort_indices()
    return merged, facts


def _members(mapping: pd.DataFrame) -> tuple[np.ndarray, sparse.csr_matrix, pd.DataFrame]:
    """Rows that are kept, which name (rows) each of them (columns) has, and facts by name."""
    kept = np.flatnonzero((mapping["status"] != "dropped").to_numpy())
    codes, names = pd.factorize(mapping["name"].to_numpy()[kept])
    shape = (len(names), len(kept))
    members = sparse.csr_matrix((np.ones(len(kept)), (codes, np.arange(len(kept)))), shape=shape)
    first = mapping.iloc[kept].drop_duplicates("name").set_index("name")
    return kept, members, first[["gene_id", "symbol", "chromosome", "start", "biotype"]]
