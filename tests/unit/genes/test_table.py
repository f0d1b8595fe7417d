"""The gene tables: known genes, sex chromosomes, and names that mean one gene."""

import time

import pandas as pd
import pytest

from innervate.genes.table import load_genes

HUMAN = {
    "TP53": ("ENSG00000141510", "7157", "17"),
    "CCL5": ("ENSG00000271503", "6352", "17"),
    "SLIT2": ("ENSG00000145147", "9353", "4"),
    "ATF4": ("ENSG00000128272", "468", "22"),
    "CD163": ("ENSG00000177575", "9332", "12"),
    "MT-CO1": ("ENSG00000198804", "4512", "MT"),
    "HLA-DRA": ("ENSG00000204287", "3122", "6"),
}
MOUSE = {
    "Cd163": ("ENSMUSG00000008845", "93671", "6"),
    "Atf4": ("ENSMUSG00000042406", "11911", "15"),
    "Ddit3": ("ENSMUSG00000025408", "13198", "10"),
    "Xist": ("ENSMUSG00000086503", "213742", "X"),
}


@pytest.mark.parametrize(("species", "known"), [("human", HUMAN), ("mouse", MOUSE)])
def test_known_genes(species, known):
    facts = load_genes(species).facts
    for symbol, expected in known.items():
        assert tuple(facts.loc[symbol, ["ensembl_id", "entrez", "chromosome"]]) == expected


def test_positions_are_those_of_ensembl():
    # TP53 is 17:7,661,779-7,687,550 in GRCh38.
    assert load_genes("human").facts.loc["TP53", ["start", "biotype"]].tolist() == [
        "7661779",
        "protein_coding",
    ]


def test_genes_of_the_sex_check_know_their_chromosome():
    human, mouse = load_genes("human").facts, load_genes("mouse").facts
    assert human.loc["XIST", "chromosome"] == mouse.loc["Xist", "chromosome"] == "X"
    male = ["RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY", "USP9Y"]
    assert set(human.loc[male, "chromosome"]) == {"Y"}
    assert set(mouse.loc[["Ddx3y", "Kdm5d", "Uty", "Eif2s3y"], "chromosome"]) == {"Y"}
    # Pseudoautosomal genes are counted with X, or they would look male.
    assert human.loc[["CD99", "CSF2RA", "IL3RA"], "chromosome"].tolist() == ["X"] * 3


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_look_ups_agree_with_the_table(species):
    genes = load_genes(species)
    frame = genes.frame
    assert frame["ensembl_id"][frame["ensembl_id"] != ""].is_unique
    assert frame["entrez"][frame["entrez"] != ""].is_unique
    symbols = set(frame["symbol"])
    assert symbols == genes.by_symbol.keys() == set(genes.facts.index)
    assert symbols.isdisjoint(genes.by_alias)
    assert symbols.issuperset(genes.by_alias.values())
    assert genes.ambiguous.isdisjoint(genes.by_alias)


def test_other_names_mean_one_gene():
    human, mouse = load_genes("human").by_alias, load_genes("mouse").by_alias
    renamed = {
        "IL8": "CXCL8",
        "AARS": "AARS1",
        "WARS": "WARS1",
        "SARS": "SARS1",
        "GARS": "GARS1",
        "MARCH1": "MARCHF1",
        "SEPT2": "SEPTIN2",
        "RANTES": "CCL5",
    }
    assert {name: human[name] for name in renamed} == renamed
    assert (mouse["Aars"], mouse["Fyb"], mouse["Atp5b"]) == ("Aars1", "Fyb1", "Atp5f1b")
    # CT is an alias of CALCA and of PCYT1A; C2orf48 was a locus of its own before RRM2 got it.
    assert "CT" not in human
    assert "C2orf48" not in human
    assert "CT" in load_genes("human").ambiguous


def test_loading_is_quick():
    load_genes.cache_clear()
    start = time.perf_counter()
    load_genes("human")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("species", "biotype", "named"),
    [("human", "biotype", "symbol_ensembl112"), ("mouse", "gene_type", "symbol")],
)
def test_coverage_of_another_annotation(shared, species, biotype, named):
    """Coding genes with a name, by the annotation tables of the shared knowledge."""
    other = pd.read_csv(
        shared / "knowledge" / f"gene_annotation_{species}.tsv.gz", sep="\t", dtype=str
    )
    other = other[(other[biotype] == "protein_coding") & other[named].notna()]
    genes = load_genes(species)
    ids = other["id"].str.split(".").str[0].drop_duplicates()
    found = ids.isin(genes.by_ensembl.keys()).mean()
    names = other[named].isin([*genes.by_symbol, *genes.by_alias]).mean()
    print(f"{species}: {found:.1%} of {len(ids)} coding ids, {names:.1%} of coding names")
    assert found > 0.98
    assert names > 0.98
