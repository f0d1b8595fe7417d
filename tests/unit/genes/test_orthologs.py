"""Human-mouse pairs: known pairs, the curated overrides, agreement with another table."""

import csv

import pandas as pd

from innervate.genes.orthologs import human_to_mouse, load_orthologs
from innervate.genes.table import load_genes


def test_known_pairs():
    pairs = human_to_mouse()
    known = {
        "CD163": "Cd163",
        "SLIT2": "Slit2",
        "AARS1": "Aars1",
        "CXCL2": "Cxcl2",
        "MX1": "Mx1",
        "FCGR3A": "Fcgr4",
        "CD8B": "Cd8b1",
    }
    assert {name: pairs[name] for name in known} == known


def test_gaps_of_the_sources_are_filled():
    pairs = human_to_mouse()
    filled = ["CD68", "ITGB2", "SRGAP2", "CCR1", "CXCL11", "CXCL1", "CCL8"]
    assert [pairs[name] for name in filled] == [name.capitalize() for name in filled]
    # Ensembl gives Lyz3, and H2-Ea, which C57BL/6 mice do not express.
    assert pairs["LYZ"] == "Lyz2"
    assert "HLA-DRA" not in pairs
    assert not {"CXCL8", "CCL18", "CCL13", "GNLY", "IL32"} & pairs.keys()


def test_every_override_holds_and_says_why(repo):
    pairs, seen = human_to_mouse(), []
    with (repo / "resources/genes/ortholog_overrides.tsv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            assert pairs.get(row["human_symbol"], "") == row["mouse_symbol"]
            assert row["why"]
            assert row["source"]
            seen.append(row["human_symbol"])
    assert seen == sorted(set(seen))


def test_pairs_are_of_approved_symbols():
    frame = load_orthologs()
    assert frame["human_symbol"].is_unique
    assert set(frame["homology"]) == {"ensembl_one2one", "hcop", "curated"}
    assert frame["human_symbol"].isin(load_genes("human").by_symbol.keys()).all()
    assert frame["mouse_symbol"].isin(load_genes("mouse").by_symbol.keys()).all()
    shared_mouse = frame.loc[frame["homology"] != "curated", "mouse_symbol"].duplicated().sum()
    print(f"{len(frame)} pairs, {shared_mouse} share a mouse gene")
    assert len(frame) > 17_000


def test_agreement_with_another_table(shared):
    path = shared / "knowledge/orthologs_human_mouse_1to1.tsv.gz"
    other = pd.read_csv(path, sep="\t", dtype=str).dropna(subset=["mouse_symbol"])
    other = other.set_index("human_symbol_current")["mouse_symbol"]
    other = other[~other.index.duplicated()]
    renamed = load_genes("mouse").by_alias
    other = other.map(lambda name: renamed.get(name, name))
    mine = pd.Series(human_to_mouse())
    both = other.index.intersection(mine.index)
    agree = (other[both] == mine[both]).mean()
    print(f"{len(both)} human genes in both tables, {agree:.2%} agree")
    assert len(both) > 16_000
    assert agree > 0.99
