"""Each format from a small file with known sums; what is not counts is recognized."""

import gzip

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Cohort, Matrix
from innervate.inputs.bulk import read_bulk
from innervate.inputs.readers import (
    aligned_sample,
    gene_ids,
    read_matrix,
    sample_names,
)
from innervate.inputs.samples import read_samples
from innervate.inputs.units import looks_like
from innervate.runtime.errors import InputError

GENES = ["ENSG00000141510", "ENSG00000271503", "ENSG00000274233", "ENSG00000145147"]
COUNTS = np.array([[10, 20], [1, 2], [3, 4], [0, 7]])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sheet = "sample\tpatient\tfile\ns1\tp1\tone.txt\ns2\tp2\ttwo.txt\n"
    (tmp_path / "sheet.tsv").write_text(sheet)
    return tmp_path


def read(matrix: dict, **changes):
    samples = {"table": "sheet.tsv", "constants": {"assay": "bulk", "tissue": "tumor"}}
    bulk = {"matrices": [matrix] if isinstance(matrix, dict) else matrix}
    data = {"title": "", "species": "human", "samples": {**samples, **changes}, "bulk": bulk}
    cohort = Cohort.model_validate(data)
    return read_bulk(cohort, read_samples(cohort, "cohort.yaml")[0], "cohort.yaml")


def check(result, ccl5=((4, 6),)):
    adata, genes, _ = result
    frame = adata.to_df()
    assert frame["TP53"].tolist() == [10, 20]
    assert frame["CCL5"].tolist() == list(ccl5[0]), "two ids of a gene are summed"
    assert frame["SLIT2"].tolist() == [0, 7]
    assert adata.obs_names.tolist() == ["s1", "s2"]
    statuses = genes.set_index("input_id")["status"]
    assert statuses.filter(like="ENSG00000271503").tolist() == ["merged"]
    return genes


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("r_style", [False, True])
def test_matrix(folder, separator, zipped, r_style):
    ending = (".csv" if separator == "," else ".tsv") + (".gz" if zipped else "")
    header = ["s2", "s1"] if r_style else ["gene", "s2", "s1"]
    lines = [separator.join(f'"{name}"' for name in header)]
    lines += [
        separator.join([f'"{gene}.7"', str(row[1]), str(row[0])])
        for gene, row in zip(GENES, COUNTS, strict=True)
    ]
    text = "\r\n".join(lines) + "\n"
    path = folder / f"counts{ending}"
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode("utf-8-sig"))
    check(read({"path": path.name}))


def test_samples_in_rows(folder):
    lines = [["", *(f"{gene}.7" for gene in GENES), "batch"]]
    lines += [[name, *map(str, COUNTS[:, at]), "b1"] for at, name in ((1, "s2"), (0, "s1"))]
    (folder / "counts.csv").write_text("\n".join(map(",".join, lines)))
    declared = {"path": "counts.csv", "samples_in_rows": True, "ignore_columns": ["batch"]}
    check(read(declared))
    assert sample_names(Matrix(**declared)) == ["s2", "s1"]
    assert gene_ids(Matrix(**declared)) == [f"{gene}.7" for gene in GENES]
    lines[1][2] = "x"
    (folder / "counts.csv").write_text("\n".join(map(",".join, lines)))
    with pytest.raises(InputError, match=rf"sample s2, column {GENES[1]}.7"):
        read(declared)


def test_samples_in_rows_is_refused_where_it_means_nothing():
    for wrong in ({"format": "nfcore"}, {"gene_column": "gene"}):
        with pytest.raises(ValueError, match="samples_in_rows"):
            Matrix(path="counts.csv", samples_in_rows=True, **wrong)


def test_a_real_table_with_samples_in_rows_is_the_same_the_other_way_round(shared, tmp_path):
    published = pd.read_csv(shared / "data/icb_subset/Liu.log2tpm.csv.gz", index_col=0)
    published.to_csv(tmp_path / "genes.csv")
    published.T.to_csv(tmp_path / "samples.csv")
    upright = read_matrix(Matrix(path=str(tmp_path / "genes.csv")))
    turned = read_matrix(Matrix(path=str(tmp_path / "samples.csv"), samples_in_rows=True))
    assert len(turned.samples) == 74
    assert (turned.ids, turned.samples) == (upright.ids, upright.samples)
    np.testing.assert_array_equal(turned.values, upright.values)


def test_featurecounts(folder):
    lines = ["# Program:featureCounts v2.0.3", "Geneid\tChr\tStart\tEnd\tStrand\tLength\t"
             "bam/s1.sorted.bam\t/data/s2.Aligned.sortedByCoord.out.bam"]  # fmt: skip
    lines += [
        f"{gene}\t1;1\t1;5\t4;9\t+;+\t9\t{a}\t{b}"
        for gene, (a, b) in zip(GENES, COUNTS, strict=True)
    ]
    (folder / "counts.txt").write_text("\n".join(lines) + "\n")
    check(read({"path": "counts.txt", "format": "featurecounts"}))
    assert aligned_sample("/x/y/Pt1_Pre.markdup.sorted.bam") == "Pt1_Pre"


def test_nfcore(folder):
    lines = ["gene_id\tgene_name\ts1\ts2"]
    lines += [f"{gene}\tname\t{a}\t{b}" for gene, (a, b) in zip(GENES, COUNTS, strict=True)]
    (folder / "salmon.merged.gene_counts.tsv").write_text("\n".join(lines) + "\n")
    check(read({"path": "salmon.merged.gene_counts.tsv", "format": "nfcore"}))


def test_star_takes_the_declared_strand_and_lists_the_summary_rows(folder):
    for at, name in enumerate(("one.txt", "two.txt")):
        lines = ["N_unmapped\t9\t9\t9", "N_noFeature\t1\t1\t1"]
        lines += [f"{gene}\t99\t98\t{row[at]}" for gene, row in zip(GENES, COUNTS, strict=True)]
        (folder / name).write_text("\n".join(lines) + "\n")
    matrix = {"format": "star", "folder": ".", "file_column": "file", "strandedness": "reverse"}
    genes = check(read(matrix))
    assert (genes["status"] == "dropped").sum() == 2


def test_gdc(folder):
    for at, name in enumerate(("one.txt", "two.txt")):
        lines = ["# gene-model: GENCODE v36", "gene_id\tgene_name\tgene_type\tunstranded\t"
                 "stranded_first\tstranded_second\ttpm_unstranded\tfpkm_unstranded"]  # fmt: skip
        lines += ["N_unmapped\t\t\t5\t5\t5\t\t"]
        lines += [
            f"{gene}.3\tx\tprotein_coding\t{row[at]}\t0\t0\t0.5\t0.1"
            for gene, row in zip(GENES, COUNTS, strict=True)
        ]
        (folder / name).write_text("\n".join(lines) + "\n")
    check(read({"format": "gdc", "folder": ".", "file_column": "file"}))


def test_h5ad_takes_the_counts_layer(folder):
    adata = ad.AnnData(np.log1p(COUNTS.T.astype(float)))
    adata.layers["counts"] = COUNTS.T
    adata.obs_names, adata.var_names = ["s1", "s2"], GENES
    adata.write_h5ad(folder / "bulk.h5ad")
    check(read({"path": "bulk.h5ad", "format": "h5ad"}))


def test_two_matrices_are_joined_and_genes_of_one_alone_are_listed(folder):
    (folder / "a.tsv").write_text("gene\ts1\nTP53\t1\nCCL5\t2\nSLIT2\t3\n")
    (folder / "b.tsv").write_text("gene\ts2\nCCL5\t5\nTP53\t4\n")
    adata, genes, exclusions = read([{"path": "a.tsv"}, {"path": "b.tsv"}])
    assert adata.to_df().to_dict("list") == {"TP53": [1, 4], "CCL5": [2, 5]}
    assert exclusions["id"].tolist() == ["SLIT2"]
    assert genes.set_index("input_id").loc["SLIT2", "status"] == "dropped"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[5.0, 1000.0], [0.0, 3.0]], "counts"),
        ([[5.5, -1.0], [0.0, 3.0]], "log2_expression"),
        ([[5.5, 12.1], [0.0, 3.0]], "log2_expression"),
        ([[999_000.5, 999_999.0], [999.5, 1.0]], "tpm"),
        ([[500.5, 12.1], [0.0, 3.0]], "fractions"),
    ],
)
def test_what_numbers_look_like(values, expected):
    assert looks_like(np.array(values)) == expected


def test_a_matrix_that_is_not_counts_is_refused_with_the_way_to_declare_it(folder):
    (folder / "a.tsv").write_text("gene\ts1\ts2\nTP53\t1.5\t2\nCCL5\t-3\t2.5\n")
    with pytest.raises(InputError, match=r"logarithms[\s\S]*unit: log2_tpm"):
        read({"path": "a.tsv"})
    adata, _, _ = read({"path": "a.tsv", "unit": "log2_expression"})
    assert adata.uns["unit"] == "log2_expression"


def test_bad_cells_and_unknown_samples_are_named(folder):
    (folder / "a.tsv").write_text("gene\ts1\ts3\nTP53\tx\t2\nCCL5\t3\t\n")
    with pytest.raises(InputError) as caught:
        read({"path": "a.tsv"})
    assert "gene TP53, column s1" in str(caught.value)
    assert "gene CCL5, column s3" in str(caught.value)
    (folder / "a.tsv").write_text("gene\ts1\ts3\nTP53\t1\t2\nCCL5\t3\t1\n")
    with pytest.raises(InputError) as caught:
        read({"path": "a.tsv"})
    assert "column s2" in str(caught.value)
    assert "column s3" in str(caught.value)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd"])
def test_a_sheet_cannot_reach_out_of_its_folder(folder, name):
    (folder / "sheet.tsv").write_text(f"sample\tpatient\tfile\ns1\tp1\t{name}\n")
    with pytest.raises(InputError, match=r"sample s1, column file"):
        read({"format": "star", "folder": ".", "file_column": "file"})


def test_real_headers(shared):
    path = str(shared / "data/riaz_nivolumab/counts.csv.gz")
    names = sample_names(Matrix(path=path))
    assert len(names) == 109
    assert names[0] == "Pt1_Pre_AD101148-6"


def test_salmon_agrees_with_gene_counts(shared, repo, tmp_path, monkeypatch):
    import yaml

    (tmp_path / "tests").symlink_to(repo / "tests")
    (tmp_path / "shared").symlink_to(shared)
    monkeypatch.chdir(tmp_path)
    cohort = Cohort.model_validate(
        yaml.safe_load((repo / "tests/data/macrophage_salmon.yaml").read_text())
    )
    samples, _ = read_samples(cohort, "salmon.yaml")
    adata, _, exclusions = read_bulk(cohort, samples, "salmon.yaml")
    assert exclusions["id"].tolist() == ["46350 of 205870 transcripts"], "left out, and said"
    genes = pd.read_csv(shared / "data/macrophage_ifng/counts_gene.csv.gz", index_col=0)
    table = adata.to_df().set_axis(adata.var["gene_id"], axis=1)
    for sample in adata.obs_names:
        both = genes.index.intersection(table.columns)
        pair = np.log2(np.array([table.loc[sample, both], genes.loc[both, sample]]) + 1)
        r = np.corrcoef(pair)[0, 1]
        print(f"{sample}: log counts from transcripts against gene counts, r = {r:.4f}")
        assert r > 0.97


def test_a_large_matrix_is_read_in_seconds(tmp_path):
    import time

    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.negative_binomial(1, 0.01, (60_000, 200)))
    frame.to_csv(tmp_path / "large.tsv", sep="\t")
    start = time.perf_counter()
    raw = read_matrix(Matrix(path=str(tmp_path / "large.tsv")))
    took = time.perf_counter() - start
    print(f"60,000 genes x 200 samples read in {took:.1f} s")
    assert raw.values.sum() == frame.to_numpy().sum()
    assert took < 30
