"""Recipes are valid cohort files, and real and modelled excerpts of their formats are read."""

import hashlib

import pandas as pd
import pytest
import yaml

from innervate.config.cohort import Cohort
from innervate.config.load import load_run
from innervate.inputs.bulk import read_bulk
from innervate.inputs.checks import check_cohort, fetched_files, input_files
from innervate.inputs.samples import check_samples
from innervate.intake.problems import run_problems

RECIPES = ("tcga_hnsc", "riaz_gse91061", "hnscc_gse164690")

STAR = """\
# gene-model: GENCODE v36
gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\ttpm_unstranded\t\
fpkm_unstranded\tfpkm_uq_unstranded
N_unmapped\t\t\t1000\t1000\t1000\t\t\t
N_multimapping\t\t\t2000\t2000\t2000\t\t\t
N_noFeature\t\t\t300\t4000\t4100\t\t\t
N_ambiguous\t\t\t40\t10\t12\t\t\t
ENSG00000000003.15\tTSPAN6\tprotein_coding\t{0}\t5\t6\t1.5\t1.1\t1.2
ENSG00000141510.18\tTP53\tprotein_coding\t{1}\t50\t51\t9.5\t8.1\t8.2
ENSG00000271503.6\tCCL5\tprotein_coding\t{2}\t7\t8\t2.5\t2.1\t2.2
"""
"""augmented_star_gene_counts.tsv, as the Genomic Data Commons documents it."""


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_is_a_valid_cohort_whose_inputs_are_addresses_or_shipped(name, repo, monkeypatch):
    monkeypatch.chdir(repo)
    path = f"config/recipes/{name}.yaml"
    run = load_run({"cohorts": [path]})
    remote = run.remote[name]
    assert remote.files or remote.folders
    assert all(
        one.startswith("https://") for one in {*remote.files.values(), *remote.folders.values()}
    )
    if name != "tcga_hnsc":
        # Its sheet is made by the portal.
        assert run_problems(run) == []


def test_companions_of_a_matrix_by_address_are_fetched_with_it(repo, monkeypatch):
    monkeypatch.chdir(repo)
    cohort = load_run({"cohorts": ["config/recipes/hnscc_gse164690.yaml"]}).cohorts[
        "hnscc_gse164690"
    ]
    files = fetched_files(cohort)
    assert len(files) == 9
    assert files[:3] == [
        "data/hnscc_gse164690/fetched/ftp.ncbi.nlm.nih.gov/geo/samples/GSM5017nnn/GSM5017021/suppl/"
        f"GSM5017021_HN01_PBL_{end}"
        for end in ("matrix.mtx.gz", "barcodes.tsv.gz", "features.tsv.gz")
    ]


def test_files_of_the_genomic_data_commons_by_the_portals_sample_sheet(repo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sheet = pd.DataFrame(
        {
            "File ID": ["u-1", "u-2"],
            "File Name": ["u-1.rna_seq.augmented_star_gene_counts.tsv", "u-2.x.tsv"],
            "Case ID": ["TCGA-AA-0001", "TCGA-AA-0002"],
            "Sample ID": ["TCGA-AA-0001-01A", "TCGA-AA-0002-11A"],
            "Sample Type": ["Primary Tumor", "Solid Tissue Normal"],
        }
    )
    recipe = (repo / "config/recipes/tcga_hnsc.yaml").read_text()
    (tmp_path / "tcga_hnsc.yaml").write_text(recipe)
    (tmp_path / "data/tcga_hnsc").mkdir(parents=True)
    sheet.to_csv("data/tcga_hnsc/gdc_sample_sheet.tsv", sep="\t", index=False)
    run = load_run({"cohorts": ["tcga_hnsc.yaml"]})
    cohort = run.cohorts["tcga_hnsc"]
    assert check_cohort(cohort, "x") == []
    files = input_files(cohort)["bulk"]
    assert files == [f"data/tcga_hnsc/fetched/api.gdc.cancer.gov/data/u-{n}" for n in (1, 2)]
    for number, path in enumerate(files):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(STAR.format(1 + number, 20, 300))
    samples = check_samples(cohort, "x")[0]
    assert list(samples["tissue"]) == ["tumor", "normal"]
    adata, genes, _ = read_bulk(cohort, samples, "x")
    assert adata.to_df().loc["TCGA-AA-0002-11A"].to_dict() == {"TSPAN6": 2, "TP53": 20, "CCL5": 300}
    dropped = genes.loc[genes["status"] == "dropped", "input_id"]
    assert set(dropped) == {"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"}


def test_riaz_codes_are_those_of_the_real_tables(repo, shared):
    """The recipe's columns and codes, held against the excerpt of the same tables."""
    recipe = Cohort.model_validate(
        yaml.safe_load((repo / "config/recipes/riaz_gse91061.yaml").read_text())
    )
    clinical = pd.read_csv(shared / "data/riaz_nivolumab/clinical.csv", dtype=str)
    counts = pd.read_csv(shared / "data/riaz_nivolumab/counts.csv.gz", nrows=3, index_col=0)
    spec = recipe.clinical
    assert spec.patient in clinical
    rows = clinical[clinical["SampleType"].isin(spec.where["SampleType"])]
    assert not rows[spec.patient].duplicated().any()
    for endpoint in spec.endpoints.values():
        assert set(rows[endpoint.status].dropna()) <= {str(endpoint.event), str(endpoint.censored)}
    known = yaml.safe_load((repo / "tests/data/riaz_nivolumab.yaml").read_text())["clinical"]
    assert spec.endpoints["os"].event == known["endpoints"]["os"]["event"] == 0
    assert counts.columns.str.contains(r"^Pt\d+_(?:Pre|On)_").all()


def test_recipes_say_which_checksums_they_know(repo):
    for name in RECIPES:
        text = (repo / f"config/recipes/{name}.yaml").read_text()
        for checksum in (yaml.safe_load(text).get("checksums") or {}).values():
            kind, digits = checksum.split(":")
            assert len(digits) == hashlib.new(kind).digest_size * 2
