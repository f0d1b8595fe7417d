"""Gene ids of any kind become approved symbols, counts are conserved, nothing vanishes."""

import time

import numpy as np
import pandas as pd
import pytest

from innervate.errors import InnervateError
from innervate.genes.harmonize import collapse, detect_id_type, harmonize
from innervate.genes.orthologs import human_to_mouse
from innervate.genes.table import load_genes


@pytest.fixture(scope="module")
def human():
    return load_genes("human")


def by_id(mapping):
    return mapping.set_index("input_id")


def test_known_genes_by_each_kind_of_id(human):
    symbols = ["TP53", "CCL5", "SLIT2", "ATF4"]
    ensembl = [
        "ENSG00000141510.18",
        "ENSG00000271503",
        "ENSG00000145147.20_2",
        "ENSG00000128272.17",
    ]
    entrez = ["7157", "6352", "9353", "468"]
    for ids in (symbols, ensembl, entrez):
        mapping = harmonize(ids, human)
        assert mapping["name"].tolist() == symbols
        assert mapping["gene_id"].tolist() == [name.split(".")[0] for name in ensembl]
        assert set(mapping["status"]) == {"kept"}


def test_an_alias_is_renamed_and_a_symbol_means_itself(human):
    mapping = by_id(harmonize(["IL8", "AARS", "WARS", "TP53", "CXCL9", "1-Mar"], human))
    assert mapping.loc["IL8", ["name", "status"]].tolist() == ["CXCL8", "renamed"]
    assert mapping.loc["AARS", "name"] == "AARS1"
    assert mapping.loc["WARS", "name"] == "WARS1"
    assert mapping.loc["1-Mar", ["name", "status"]].tolist() == ["MARCHF1", "renamed"]
    assert mapping.loc["TP53", "status"] == "kept"


def test_an_ambiguous_alias_is_kept_as_it_is(human):
    aliases = human.frame["aliases"].str.split(";").explode()
    assert "CT" not in human.by_alias, "CT names CALCA and others"
    assert (aliases == "CT").sum() > 1
    mapping = by_id(harmonize(["TP53", "CCL5", "CT"], human))
    assert mapping.loc["CT", ["name", "reason"]].tolist() == ["CT", "not in the gene table"]


def test_ids_of_one_gene_are_summed_and_counts_conserved(human):
    ids = ["ENSG00000271503", "ENSG00000274233", "ENSG00000128272", "N_unmapped", "ENSG00000999999"]
    mapping = harmonize(ids, human)
    assert mapping["status"].tolist() == ["merged", "merged", "kept", "dropped", "kept"]
    values = np.arange(10.0).reshape(5, 2)
    matrix, genes = collapse(values, mapping, "sum")
    assert genes.index.tolist() == ["CCL5", "ATF4", "ENSG00000999999"]
    assert matrix.tolist() == [[0 + 2, 1 + 3], [4, 5], [8, 9]]
    assert genes.loc["CCL5", "gene_id"] == "ENSG00000271503"
    assert collapse(values, mapping, "mean")[0][0].tolist() == [1, 2]


def test_names_of_rna_families_are_not_merged(human):
    family = human.frame.loc[human.frame["symbol"] == "Y_RNA", "ensembl_id"].tolist()[:5]
    assert set(harmonize(family, human)["status"]) == {"kept"}


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["ENSMUSG00000000001", "ENSMUSG00000000028"], "are of mouse"),
        (["probe_1", "probe_2", "probe_3"], "neither Ensembl ids nor Entrez ids"),
        (["", "N_unmapped"], "no gene ids"),
    ],
)
def test_ids_that_do_not_fit_are_refused(human, ids, message):
    with pytest.raises(InnervateError, match=message):
        detect_id_type(ids, human)


def test_sex_genes_know_their_chromosome(human):
    assert human.facts.loc["XIST", "chromosome"] == "X"
    male = ["RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY", "USP9Y"]
    assert set(human.facts.loc[male, "chromosome"]) == {"Y"}


def test_orthologs():
    pairs = human_to_mouse()
    known = {
        "CD163": "Cd163",
        "SLIT2": "Slit2",
        "LYZ": "Lyz2",
        "CD68": "Cd68",
        "HLA-DRB1": "H2-Eb1",
    }
    assert {name: pairs[name] for name in known} == known
    assert "CXCL8" not in pairs
    assert len(pairs) > 17_000


@pytest.mark.parametrize(
    ("table", "species", "separator", "known"),
    [
        ("hnscc_myeloid/counts.tsv.gz", "human", "\t", 0.55),
        ("riaz_nivolumab/counts.csv.gz", "human", ",", 0.99),
        ("macrophage_ifng/counts_gene.csv.gz", "human", ",", 0.99),
        ("bcells_melanoma_medium/counts.csv.gz", "human", ",", 0.98),
        ("bmdm_cal27/counts.tsv.gz", "mouse", "\t", 0.90),
    ],
)
def test_real_matrices(shared, table, species, separator, known):
    ids = pd.read_csv(shared / "data" / table, sep=separator, usecols=[0], dtype=str).iloc[:, 0]
    genes = load_genes(species)
    start = time.perf_counter()
    mapping = harmonize(ids.fillna(""), genes)
    took = time.perf_counter() - start
    share = (mapping["reason"] != "not in the gene table").mean()
    print(f"{table}: {share:.1%} of {len(ids)} ids resolved in {took:.2f} s")
    assert share > known
    assert took < 5
