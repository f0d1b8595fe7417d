"""Gene ids of any kind become approved symbols, counts are conserved, nothing vanishes."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.genes.harmonize import collapse, collapse_sparse, detect_id_type, harmonize
from innervate.genes.table import load_genes
from innervate.runtime.errors import InnervateError

SYMBOLS = ["TP53", "CCL5", "SLIT2", "ATF4"]
ENSEMBL = ["ENSG00000141510", "ENSG00000271503", "ENSG00000145147", "ENSG00000128272"]


@pytest.fixture(scope="module")
def human():
    return load_genes("human")


@pytest.fixture(scope="module")
def mouse():
    return load_genes("mouse")


def row(ids, table, name, *columns):
    """What became of one id, among known genes so that the kind of id is clear."""
    return harmonize(ids, table).set_index("input_id").loc[name, list(columns)].tolist()


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        (SYMBOLS, "symbol"),
        (ENSEMBL, "ensembl"),
        ([f"{gene}.{n}" for n, gene in enumerate(ENSEMBL, 1)], "ensembl"),
        ([f"{gene}.3|{name}" for gene, name in zip(ENSEMBL, SYMBOLS, strict=True)], "ensembl"),
        ([f"{name}_{gene}" for gene, name in zip(ENSEMBL, SYMBOLS, strict=True)], "ensembl"),
        (["7157", "6352", "9353", "468"], "entrez"),
        (["TP53|7157", "CCL5|6352", "SLIT2|9353", "ATF4|468"], "symbol"),
    ],
)
def test_the_same_genes_by_each_kind_of_id(human, ids, kind):
    assert detect_id_type(ids) == detect_id_type(ids, human) == kind
    mapping = harmonize(ids, human)
    assert mapping["input_id"].tolist() == ids
    assert mapping["name"].tolist() == mapping["symbol"].tolist() == SYMBOLS
    assert mapping["gene_id"].tolist() == ENSEMBL
    assert mapping["chromosome"].tolist() == ["17", "17", "4", "22"]
    assert mapping.loc[0, "start"] == 7661779


def test_mouse_genes(mouse):
    expected = ["Cd163", "Aars1", "Atf4"]
    assert harmonize(["Cd163", "Aars", "Atf4"], mouse)["name"].tolist() == expected
    ids = ["ENSMUSG00000008845.9", "ENSMUSG00000031960", "ENSMUSG00000042406"]
    assert harmonize(ids, mouse)["name"].tolist() == expected


@pytest.mark.parametrize(
    ("given", "name", "status"),
    [
        ("IL8", "CXCL8", "renamed"),
        ("AARS", "AARS1", "renamed"),
        ("WARS", "WARS1", "renamed"),
        ("CD163", "CD163", "kept"),
        ("HLA.DRA", "HLA-DRA", "renamed"),
        ("C1ORF112", "FIRRM", "renamed"),
        ("2-Sep", "SEPTIN2", "renamed"),
        ("Sep-02", "SEPTIN2", "renamed"),
        ("10-Mar", "MARCHF10", "renamed"),
        ("1-Mar", "1-Mar", "kept"),  # MARCH1 and MARC1 both become this date
        ("CT", "CT", "kept"),  # CALCA, PCYT1A
        ("RP11-473I1.10", "RP11-473I1.10", "kept"),
        ("44256", "44256", "kept"),  # a date's serial number
    ],
)
def test_other_names(human, given, name, status):
    found = row([*SYMBOLS, given], human, given, "name", "status", "reason")
    assert found[:2] == [name, status]
    # Only an approved symbol needs no word of explanation.
    assert bool(found[2]) == (given not in human.by_symbol)


def test_an_alias_beside_its_symbol_is_merged(human):
    mapping = harmonize(["AARS1", "TP53", "AARS"], human)
    assert mapping["name"].tolist() == ["AARS1", "TP53", "AARS1"]
    assert mapping["status"].tolist() == ["merged", "kept", "merged"]
    matrix, genes = collapse(np.array([[1.0], [2.0], [4.0]]), mapping, "sum")
    assert genes.index.tolist() == ["AARS1", "TP53"]
    assert matrix.tolist() == [[5.0], [2.0]]


def test_a_symbol_that_is_also_an_alias_means_itself(human):
    """Every approved symbol, among all of them."""
    symbols = list(human.by_symbol)
    mapping = harmonize(symbols, human)
    assert mapping["name"].tolist() == symbols
    assert set(mapping["status"]) == {"kept"}


def test_haplotypes_and_pseudoautosomal_copies_are_merged_and_counts_conserved(human):
    ids = [
        *("ENSG00000271503", "ENSG00000274233"),  # CCL5, on chromosome 17 and a haplotype
        *("ENSG00000002586.20", "ENSG00000002586.20_PAR_Y"),  # CD99
        *("ENSG00000128272", "N_unmapped", "ENSG00000999999", "ERCC-00002", "__no_feature", ""),
    ]
    mapping = harmonize(ids, human)
    merged, dropped = ["merged"] * 4, ["dropped"] * 3
    assert mapping["status"].tolist() == [*merged, "kept", "dropped", "kept", *dropped]
    assert (mapping.loc[mapping["status"] == "dropped", "name"] == "").all()
    assert (mapping.loc[mapping["status"] == "dropped", "reason"] != "").all()
    values = np.arange(20.0).reshape(10, 2)
    matrix, genes = collapse(values, mapping, "sum")
    assert genes.index.tolist() == ["CCL5", "CD99", "ATF4", "ENSG00000999999"]
    assert matrix.tolist() == [[0 + 2, 1 + 3], [4 + 6, 5 + 7], [8, 9], [12, 13]]
    assert genes["gene_id"].tolist()[:2] == ["ENSG00000271503", "ENSG00000002586"]
    assert genes["chromosome"].tolist() == ["17", "X", "22", ""]
    assert collapse(values, mapping, "mean")[0].tolist() == [[1, 2], [5, 6], [8, 9], [12, 13]]


def test_a_missing_value_stays_in_its_gene(human):
    mapping = harmonize(["TP53", "CCL5", "RANTES", "ERCC-00002"], human)
    values = np.array([[1.0], [np.nan], [2.0], [np.nan]])
    matrix, _ = collapse(values, mapping, "sum")
    assert matrix[0, 0] == 1
    assert np.isnan(matrix[1, 0])


def test_collapse_refuses_rows_that_do_not_match(human):
    with pytest.raises(ValueError, match="3 rows of values but 4 ids"):
        collapse(np.ones((3, 1)), harmonize(SYMBOLS, human), "sum")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["ENSMUSG00000000001", "ENSMUSG00000000028"], "are of mouse, but .* `species: human`"),
        (["ENSRNOG00000000001", "ENSRNOG00000000007"], "are of another species"),
        (["Cd163", "Mrc1", "Atf4", "Slit2", "Ccl5"], "known symbols.* of human"),
        (["probe_1", "probe_2", "probe_3"], "known symbols.* of human"),
        (["99999999991", "99999999992"], "known Entrez ids of human"),
        (["", "N_unmapped"], "no gene ids"),
        ([], "no gene ids"),
    ],
)
def test_ids_that_do_not_fit_are_refused(human, ids, message):
    with pytest.raises(InnervateError, match=message):
        harmonize(ids, human)


def test_human_ids_are_refused_for_the_mouse(mouse):
    for ids in (ENSEMBL, SYMBOLS):
        with pytest.raises(InnervateError, match="mouse"):
            harmonize(ids, mouse)


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_symbols_of_the_mouse_in_capitals_are_refused(species, mouse):
    """In capitals most of them are symbols of the human too, whose marker sets would be used."""
    ids = [name.upper() for name in mouse.frame["symbol"].dropna().drop_duplicates()][::3]
    with pytest.raises(InnervateError, match="symbols of the mouse in capitals"):
        harmonize(ids, load_genes(species))


def test_clones_in_capitals_beside_symbols_of_the_mouse_are_fine(mouse):
    """As in the lung tumors of Zilionis 2019."""
    names = mouse.frame["symbol"].dropna().drop_duplicates()
    ids = [name.upper() if name.endswith("Rik") else name for name in names][::3]
    assert detect_id_type(ids, load_genes("mouse")) == "symbol"


@pytest.mark.parametrize(
    ("table", "species", "separator", "genes", "expression"),
    [
        ("hnscc_myeloid/counts.tsv.gz", "human", "\t", 0.58, 0.98),
        ("riaz_nivolumab/counts.csv.gz", "human", ",", 0.98, 0.999),
        ("macrophage_ifng/counts_gene.csv.gz", "human", ",", 0.72, 0.995),
        ("bcells_melanoma_medium/counts.csv.gz", "human", ",", 0.72, 0.98),
        ("bmdm_cal27/counts.tsv.gz", "mouse", "\t", 0.90, 0.98),
        ("thapsigargin_qgp1/tpm.tsv.gz", "human", "\t", 0.94, 0.99),
    ],
)
def test_real_matrices(shared, table, species, separator, genes, expression):
    frame = pd.read_csv(shared / "data" / table, sep=separator, dtype={0: str})
    ids = frame.iloc[:, 0].fillna("").astype(str)
    values = frame.select_dtypes("number").to_numpy(dtype=float)
    start = time.perf_counter()
    mapping = harmonize(ids, load_genes(species))
    matrix, var = collapse(values, mapping, "sum")
    took = time.perf_counter() - start
    kept = (mapping["status"] != "dropped").to_numpy()
    assert var.index.is_unique
    np.testing.assert_allclose(matrix.sum(axis=0), values[kept].sum(axis=0))
    known = (mapping["symbol"] != "").to_numpy()
    share, weight = known[kept].mean(), values[known].sum() / values[kept].sum()
    print(f"{table}: {share:.1%} of ids, {weight:.2%} of expression, {took:.2f} s")
    assert share > genes
    assert weight > expression


def test_sixty_thousand_ids_take_about_a_second(human, mouse):
    ids = [*human.by_symbol, *human.by_alias][:60_000]
    start = time.perf_counter()
    harmonize(ids, human)
    took = time.perf_counter() - start
    print(f"{took:.2f} s")
    # Well above what it takes, as machines that run tests are busy.
    assert took < 5


def test_sparse_counts_are_summed_as_dense_ones(human):
    ids = ["RANTES", "TP53", "ERCC-00002", "CCL5", "ENSG00000999999"]
    mapping = harmonize(ids, human)
    counts = np.array([[1, 0, 9, 2, 0], [0, 5, 0, 0, 7], [0, 0, 9, 0, 0]], dtype=np.float32)
    matrix, genes = collapse_sparse(sparse.csr_matrix(counts), mapping)
    assert genes.index.tolist() == ["CCL5", "TP53", "ENSG00000999999"]
    assert matrix.toarray().tolist() == [[3, 0, 0], [0, 5, 7], [0, 0, 0]]
    assert (matrix.format, matrix.dtype) == ("csr", np.float32)
    dense, facts = collapse(counts.T, mapping)
    assert matrix.toarray().T.tolist() == dense.tolist()
    pd.testing.assert_frame_equal(genes, facts)


def test_sparse_collapse_gives_the_columns_of_a_cell_in_order(human):
    # Reversed in each row, as a product of sparse matrices may leave them.
    counts = sparse.csr_matrix(([1.0, 2.0, 3.0], [2, 1, 0], [0, 3]), shape=(1, 4))
    matrix, _ = collapse_sparse(counts, harmonize(SYMBOLS, human))
    assert matrix.indices.tolist() == [0, 1, 2]
    assert matrix.data.tolist() == [3, 2, 1]


def test_sparse_collapse_refuses_columns_that_do_not_match(human):
    with pytest.raises(ValueError, match="3 columns of values but 4 ids"):
        collapse_sparse(sparse.csr_matrix((1, 3)), harmonize(SYMBOLS, human))
