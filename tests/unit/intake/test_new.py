"""A cohort file made from data: what is guessed, what is left open, what is refused."""

import gzip
import shutil

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import sparse

from innervate.__main__ import main
from innervate.config.cohort import Matrix
from innervate.config.load import FILL_IN, load_run
from innervate.genes.table import load_genes
from innervate.inputs.checks import check_cohort
from innervate.inputs.clinical.table import read_clinical
from innervate.inputs.readers import read_matrix
from innervate.intake.guess import from_name, guess_columns, guess_species
from innervate.intake.new import new_cohort
from innervate.runtime.errors import InnervateError, InputError


@pytest.fixture
def symbols():
    frame = load_genes("human").frame
    return (
        frame.loc[frame["biotype"] == "protein_coding", "symbol"].drop_duplicates().tolist()[:600]
    )


@pytest.fixture
def folder(tmp_path, symbols, monkeypatch):
    """A working directory with a count matrix, a sheet and a clinical table in data/."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    names = [f"L{n}{kind}" for n in range(1, 7) for kind in "ab"]
    counts = np.random.default_rng(1).poisson(20, (len(symbols), len(names)))
    pd.DataFrame(counts, symbols, names).to_csv(data / "counts.tsv.gz", sep="\t")
    pd.DataFrame(
        {
            "Library": names,
            "PatientID": [f"P{n}" for n in range(1, 7) for _ in "ab"],
            "Tissue type": ["Primary tumour", "Lymph node"] * 6,
            "plate": ["x", "y"] * 6,
        }
    ).to_csv(data / "libraries.csv", index=False)
    pd.DataFrame(
        {
            "code": [f"P{n}" for n in range(1, 7)],
            "date_of_birth": [f"19{n}0-01-02" for n in range(1, 7)],
            "OS_months": [3, 5, 8, 13, 21, 34],
            "OS_status": [0, 1, 0, 1, 0, 1],
            "pain_NRS": [0, 2, 4, 6, 8, 10],
            "best_response": ["PD", "SD", "PR", "CR", "PD", "PR"],
            "Age": [50, 60, 70, 55, 65, 75],
            "CGRP_IHC": [1.5, 2.5, 0.5, 3, 4, 1],
        }
    ).to_csv(data / "clinic.csv", index=False)
    return tmp_path


def written(folder, name):
    return yaml.safe_load((folder / f"config/cohorts/{name}.yaml").read_text())


def make(folder, source="data", name="mine"):
    return new_cohort(folder / source, name, folder / "config/cohorts", "neuroimmune")


def test_tables_of_a_folder_become_a_cohort_file(folder):
    _, notes = make(folder)
    cohort = written(folder, "mine")
    sheet = pd.read_csv(folder / "config/cohorts/mine.samples.tsv", sep="\t")
    assert notes == []
    assert cohort["species"] == "human"
    assert cohort["bulk"]["matrices"][0]["unit"] == "counts"
    assert list(sheet["patient"][:3]) == ["P1", "P1", "P2"]
    assert set(sheet["assay"]) == {"bulk"}
    assert cohort["samples"]["values"]["tissue"] == {
        "Primary tumour": "tumor", "Lymph node": "tdln",
    }  # fmt: skip
    clinical = cohort["clinical"]
    assert clinical["patient"] == "code"
    assert clinical["drop"] == ["date_of_birth"]
    assert clinical["pain"]["pain_nrs"]["instrument"] == "NRS"
    assert clinical["response"]["best_response"]["responders"] == ["PR", "CR"]
    assert clinical["assays"] == {"cgrp_tdln": {"column": "CGRP_IHC", "tissue": "tdln"}}
    assert clinical["covariates"]["age"]["kind"] == "continuous"


def test_event_codes_are_never_guessed_and_stop_a_run_until_filled_in(folder):
    path, _ = make(folder)
    endpoint = written(folder, "mine")["clinical"]["endpoints"]["os"]
    assert endpoint["unit"] == "months"
    assert (endpoint["event"], endpoint["censored"]) == (FILL_IN, FILL_IN)
    with pytest.raises(InputError) as refused:
        load_run({"cohorts": [str(path)]})
    assert [problem.where for problem in refused.value.problems] == [
        "clinical.endpoints.os.event", "clinical.endpoints.os.censored",
    ]  # fmt: skip
    text = path.read_text().replace(f'event: "{FILL_IN}"', "event: 1")
    path.write_text(text.replace(f'censored: "{FILL_IN}"', "censored: 0"))
    assert load_run({"cohorts": [str(path)]}).cohorts["mine"].clinical.endpoints["os"].event == 1


def test_guesses_are_marked_and_clinical_values_are_not_in_the_file(folder):
    text = make(folder)[0].read_text()
    assert "# guess: it holds 6 of the patients' codes" in text or "# guess: by its name" in text
    assert text.count("guess:") > 8
    for value in ("1910-01-02", "P3"):
        assert value not in text


def test_nothing_is_overwritten(folder):
    path, _ = make(folder)
    before = path.read_text()
    with pytest.raises(InnervateError, match=r"mine.yaml.*already there"):
        make(folder)
    assert path.read_text() == before


def test_cell_ranger_folders_are_samples_with_their_raw_droplets(folder):
    shutil.rmtree(folder / "data")
    for sample in ("HN1_tumor", "HN2_LN"):
        outs = folder / "data" / sample / "outs"
        outs.mkdir(parents=True)
        for kind in ("filtered", "raw"):
            with h5py.File(outs / f"{kind}_feature_bc_matrix.h5", "w") as file:
                file.create_group("matrix")
    make(folder, name="cells")
    cohort = written(folder, "cells")
    sheet = pd.read_csv(folder / "config/cohorts/cells.samples.tsv", sep="\t")
    assert cohort["single_cell"]["inputs"][0]["format"] == "10x_h5"
    assert list(sheet["sample"]) == ["HN1_tumor", "HN2_LN"]
    assert list(sheet["patient"]) == ["HN1", "HN2"]
    assert list(sheet["tissue"]) == ["tumor", "LN"]
    assert sheet["raw_file"].str.contains("raw_feature").all()
    assert cohort["samples"]["values"]["tissue"]["LN"] == "tdln"


def test_quantifications_are_named_by_their_folders(folder, symbols):
    shutil.rmtree(folder / "data")
    for sample in ("A1", "A2"):
        quant = folder / "data/salmon" / sample
        quant.mkdir(parents=True)
        rows = "\n".join(f"ENST{n:011d}\t100\t90\t1\t5" for n in range(20))
        with gzip.open(quant / "quant.sf.gz", "wt") as file:
            file.write(f"Name\tLength\tEffectiveLength\tTPM\tNumReads\n{rows}\n")
    genes = load_genes("human").frame["ensembl_id"].replace("", np.nan).dropna()[:20]
    pd.DataFrame({"tx": [f"ENST{n:011d}" for n in range(20)], "gene": genes}).to_csv(
        folder / "data/tx2gene.tsv", sep="\t", index=False
    )
    make(folder, name="quant")
    matrix = written(folder, "quant")["bulk"]["matrices"][0]
    sheet = pd.read_csv(folder / "config/cohorts/quant.samples.tsv", sep="\t")
    assert matrix["format"] == "salmon"
    assert matrix["transcripts"].endswith("tx2gene.tsv")
    assert list(sheet["salmon_file"]) == ["A1/quant.sf.gz", "A2/quant.sf.gz"]
    assert written(folder, "quant")["samples"]["constants"] == {"tissue": FILL_IN}


def test_an_h5ad_gives_samples_and_a_clinical_table_of_its_patients(folder, symbols):
    obs = pd.DataFrame(
        {
            "sample_id": np.repeat(["s1", "s2", "s3", "s4", "s5"], 20),
            "donor": np.repeat(["D1", "D2", "D3", "D4", "D4"], 20),
            "tissue": np.repeat(["tumor", "tumor", "tumor", "tumor", "PBMC"], 20),
            "os_days": np.repeat([100, 200, 300, 400, 400], 20),
            "os_event": np.repeat([0, 1, 0, 1, 1], 20),
            "n_counts": np.arange(100),
        },
        index=[f"c{n}" for n in range(100)],
    )
    counts = sparse.csr_matrix(np.ones((100, len(symbols)), dtype=np.float32))
    ad.AnnData(counts, obs, pd.DataFrame(index=symbols)).write_h5ad(folder / "cells.h5ad")
    make(folder, "cells.h5ad", "atlas")
    cohort = written(folder, "atlas")
    sheet = pd.read_csv(folder / "config/cohorts/atlas.samples.tsv", sep="\t")
    clinical = pd.read_csv(folder / "config/cohorts/atlas.clinical.tsv", sep="\t")
    assert cohort["single_cell"]["inputs"][0]["sample_column"] == "sample_id"
    assert list(sheet["patient"]) == ["D1", "D2", "D3", "D4", "D4"]
    assert list(clinical["patient"]) == ["D1", "D2", "D3", "D4"]
    assert list(clinical["os_days"]) == [100, 200, 300, 400]
    assert cohort["clinical"]["table"].endswith("atlas.clinical.tsv")


@pytest.mark.parametrize("named", [True, False])
def test_an_h5ad_of_one_sample_needs_nothing_to_be_filled_in_but_its_tissue(folder, symbols, named):
    obs = pd.DataFrame({"label": ["T", "B"] * 600}, index=[f"c{n}" for n in range(1200)])
    if named:
        obs["sample"] = "S1"
    counts = sparse.csr_matrix(np.ones((1200, len(symbols)), dtype=np.float32))
    ad.AnnData(counts, obs, pd.DataFrame(index=symbols)).write_h5ad(folder / "cells.h5ad")
    path, notes = make(folder, "cells.h5ad", "one")
    cohort = written(folder, "one")
    sheet = pd.read_csv(folder / "config/cohorts/one.samples.tsv", sep="\t")
    assert len(sheet) == 1
    if named:
        assert cohort["single_cell"]["inputs"][0]["sample_column"] == "sample"
        assert sheet.loc[0, "sample"] == "S1"
        assert not notes
    else:
        assert cohort["single_cell"]["inputs"][0]["folder"] == str(folder)
        assert sheet.loc[0, "cells_file"] == "cells.h5ad"
        assert "taken for one sample" in notes[0]
        assert "columns of obs: label" in notes[0]
    assert path.read_text().count(f'"{FILL_IN}"') == 1
    path.write_text(path.read_text().replace(FILL_IN, "tumor"))
    cohort = load_run({"cohorts": [str(path)]}).cohorts["one"]
    assert check_cohort(cohort, str(path)) == []


def test_not_evaluable_is_no_grade_of_response(folder):
    path = folder / "data/clinic.csv"
    table = pd.read_csv(path)
    table.loc[0, "best_response"] = "NE"
    table.to_csv(path, index=False)
    made, _ = make(folder)
    clinical = written(folder, "mine")["clinical"]
    assert clinical["response"]["best_response"]["levels"] == ["PD", "SD", "PR", "CR"]
    assert clinical["dictionary"]["best_response"]["missing"] == ["NE"]
    made.write_text(made.read_text().replace(f'event: "{FILL_IN}"', "event: 1")
                    .replace(f'censored: "{FILL_IN}"', "censored: 0"))  # fmt: skip
    read, _ = read_clinical(load_run({"cohorts": [str(made)]}).cohorts["mine"], str(made))
    assert read["response_best_response"].isna().sum() == 1


def test_the_command_says_what_is_to_be_filled_in_and_what_comes_next(folder, capsys):
    assert main(["cohort", "new", "data", "--name", "mine"]) == 0
    said = capsys.readouterr().out
    assert "config/cohorts/mine.samples.tsv" in said
    assert "\n  clinical.endpoints.os.event\n" in said
    assert said.rstrip().endswith("then run `./innervate cohort check mine`")


def test_a_header_can_not_break_out_of_its_comment(folder, symbols):
    table = pd.read_csv(folder / "data/libraries.csv")
    table = table.rename(columns={"PatientID": "patient\nspecies: mouse"})
    table.to_csv(folder / "data/libraries.csv", index=False)
    make(folder)
    assert written(folder, "mine")["species"] == "human"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Pt1_Pre_AD101148-6", {"patient": "Pt1", "timepoint": "Pre"}),
        ("P001_tdln_cells", {"patient": "P001", "tissue": "tdln"}),
        ("S1_rep2", {"patient": "S1_rep2"}),
    ],
)
def test_parts_of_a_name(name, said):
    assert from_name(name) == said


def test_species_by_symbols_and_by_ensembl_ids():
    assert guess_species(["Actb", "Trp53", "Cd8a", "Ccl5"]).value == "mouse"
    assert guess_species(["ACTB", "TP53", "CD8A", "CCL5"]).value == "human"
    ids = load_genes("mouse").frame["ensembl_id"].replace("", np.nan).dropna().head(50)
    assert guess_species(ids).value == "mouse"
    assert guess_species(["p_1", "p_2", "p_3"]) is None


def test_columns_by_name_only_where_their_values_fit():
    table = pd.DataFrame(
        {"id": ["a", "b"], "patient": ["p", "q"], "site": ["oral", "larynx"], "sex": ["F", "M"]}
    )
    guessed = {role: guess.value for role, guess in guess_columns(table).items()}
    assert guessed == {"sample": "id", "patient": "patient", "sex": "sex"}
    table = pd.DataFrame({"Animal": ["m1", "m2"], "patient.gender": ["male", "female"]})
    guessed = {role: guess.value for role, guess in guess_columns(table).items()}
    assert guessed == {"patient": "Animal", "sex": "patient.gender"}


def test_the_command_says_what_is_wrong(folder, capsys):
    assert main(["cohort", "new", "data", "--name", "a b"]) == 1
    assert "--name a b" in capsys.readouterr().err
    assert main(["cohort", "new", "nowhere", "--name", "x"]) == 1
    assert "nowhere: no such file or folder" in capsys.readouterr().err
    assert main(["cohort", "new", "data/clinic.csv", "--name", "x"]) == 1
    assert "give the folder that it lies in" in capsys.readouterr().err
    (folder / "tables").mkdir()
    shutil.copy(folder / "data/clinic.csv", folder / "tables")
    assert main(["cohort", "new", "tables", "--name", "x"]) == 1
    said = capsys.readouterr().err
    assert "docs/guide/inputs.md lists the formats" in said
    assert "tables/clinic.csv: no matrix of genes and samples" in said
    make(folder)
    assert main(["cohort", "check", "mein"]) == 1
    said = capsys.readouterr().err
    assert "mein.yaml: no such cohort file; in config/cohorts: mine; `innervate cohort new`" in said


def test_real_data(shared, tmp_path):
    source = shared / "data/riaz_nivolumab"
    path, _ = new_cohort(source, "riaz", tmp_path, "neuroimmune")
    cohort = yaml.safe_load(path.read_text())
    sheet = pd.read_csv(tmp_path / "riaz.samples.tsv", sep="\t")
    assert len(sheet) == 109
    assert sheet["patient"].str.fullmatch(r"Pt\d+").all()
    assert cohort["baseline"] == "Pre"
    # In this table 0 is the event: whoever guesses 1 is wrong.
    assert cohort["clinical"]["endpoints"]["os"]["event"] == FILL_IN
    assert cohort["clinical"]["endpoints"]["os"]["status"] == "OS_SOR"


def beside(folder, **columns):
    """Put columns before the samples of the count matrix."""
    path = folder / "data/counts.tsv.gz"
    matrix = pd.read_csv(path, sep="\t", index_col=0)
    for at, (name, values) in enumerate(columns.items()):
        matrix.insert(at, name, values)
    matrix.to_csv(path, sep="\t")


def test_annotation_by_name_is_ignored_and_it_is_said(folder):
    beside(folder, Entrez_Gene_Id=range(600), Length=1500, gene_type="protein_coding")
    _, notes = make(folder)
    matrix = written(folder, "mine")["bulk"]["matrices"][0]
    assert matrix["ignore_columns"] == ["gene_type", "Entrez_Gene_Id", "Length"]
    sheet = pd.read_csv(folder / "config/cohorts/mine.samples.tsv", sep="\t")
    assert len(sheet) == 12
    assert sheet["patient"].nunique() == 6
    assert any("Entrez_Gene_Id, Length: no samples by their names" in one for one in notes)
    assert any("gene_type: words, no numbers" in one for one in notes)


def test_a_column_that_looks_like_no_sample_is_asked_about_and_not_dropped(folder, capsys):
    beside(folder, mapped=range(5, 3005, 5), batch_of=7)
    path, notes = make(folder)
    assert "mapped: looks like no sample (numbers that step by 5 from gene to gene)" in notes[0]
    assert "batch_of: looks like no sample (the same value, 7, for every gene)" in notes[1]
    assert "ignore_columns" not in written(folder, "mine")["bulk"]["matrices"][0]
    assert "mapped" not in set(pd.read_csv(path.with_suffix(".samples.tsv"), sep="\t")["sample"])
    path.write_text(path.read_text().split("clinical:")[0])
    assert main(["cohort", "check", "mine", "--no-cost"]) == 1
    said = capsys.readouterr().err
    assert "column mapped" in said
    assert '`ignore_columns: ["mapped"]`' in said
    text = path.read_text().replace('"counts"}', '"counts", "ignore_columns": ["mapped"]}')
    path.write_text(text)
    sheet = path.with_suffix(".samples.tsv")
    sheet.write_text(sheet.read_text() + "batch_of\tP9\tbulk\tLymph node\ty\n")
    assert main(["cohort", "check", "mine", "--no-cost"]) == 0
    said = capsys.readouterr().out
    assert "7 patients" in said
    assert f"column batch_of is a sample, as {sheet} lists it" in said


def test_a_sample_that_the_users_sheet_names_is_one_whatever_its_name(folder):
    beside(folder, start=range(600), end=3)
    path = folder / "data/libraries.csv"
    path.write_text(path.read_text() + "start,P7,Primary tumour,x\nend,P7,Lymph node,y\n")
    _, notes = make(folder)
    sheet = pd.read_csv(folder / "config/cohorts/mine.samples.tsv", sep="\t")
    assert notes == []
    assert list(sheet["sample"][:2]) == ["start", "end"]
    assert list(sheet["patient"][:2]) == ["P7", "P7"]
    assert "ignore_columns" not in written(folder, "mine")["bulk"]["matrices"][0]


def test_gaps_do_not_make_a_sample_a_column_of_words(folder):
    path = folder / "data/counts.tsv.gz"
    matrix = pd.read_csv(path, sep="\t", index_col=0).astype(float)
    matrix.iloc[::20, 3] = np.nan
    matrix.to_csv(path, sep="\t")
    make(folder)
    sheet = pd.read_csv(folder / "config/cohorts/mine.samples.tsv", sep="\t")
    assert "L2b" in set(sheet["sample"])


def test_row_numbers_before_the_genes(folder, symbols):
    path = folder / "data/counts.tsv.gz"
    matrix = pd.read_csv(path, sep="\t", index_col=0).reset_index(names="gene_symbol")
    matrix.index += 1
    matrix.to_csv(path, sep="\t")
    make(folder)
    entry = written(folder, "mine")["bulk"]["matrices"][0]
    assert entry["gene_column"] == "gene_symbol"
    raw = read_matrix(Matrix.model_validate(entry))
    assert raw.ids == symbols
    assert raw.samples[:2] == ["L1a", "L1b"]
    assert len(raw.samples) == 12


def test_a_fraction_beside_counts_does_not_change_their_unit(folder):
    beside(folder, gc=np.random.default_rng(2).uniform(0.3, 0.7, 600).round(3))
    make(folder)
    assert written(folder, "mine")["bulk"]["matrices"][0]["unit"] == "counts"


def test_a_table_that_only_describes_genes_is_no_matrix(folder, symbols):
    table = pd.DataFrame({"start": range(600), "end": range(600), "gene_length": 5}, symbols)
    table.to_csv(folder / "data/gene_table.tsv", sep="\t")
    make(folder)
    assert len(written(folder, "mine")["bulk"]["matrices"]) == 1


def test_a_clinical_table_with_a_mutated_gene_is_no_matrix(folder, symbols):
    rows = 300
    table = pd.DataFrame(
        {"number": range(1, rows + 1), "mutated": (symbols[:40] * 8)[:rows], "age": 60, "OS": 5}
    )
    table.to_csv(folder / "data/registry.csv", index=False)
    make(folder)
    assert len(written(folder, "mine")["bulk"]["matrices"]) == 1


def test_the_name_of_another_cohort_is_refused_before_anything_is_written(folder, capsys):
    (folder / "config/cohorts").mkdir(parents=True)
    (folder / "config/config.yaml").write_text("cohorts: [elsewhere/mine.yaml]\n")
    assert main(["cohort", "new", "data", "--name", "mine"]) == 1
    assert "take another --name" in capsys.readouterr().err
    assert list((folder / "config/cohorts").iterdir()) == []
    assert main(["cohort", "new", "data", "--name", "plan"]) == 1
    assert "--name plan" in capsys.readouterr().err


def test_counts_beside_results_of_a_test_are_named(folder, symbols):
    counts = pd.read_csv(folder / "data/counts.tsv.gz", sep="\t", index_col=0)
    (folder / "data/counts.tsv.gz").unlink()
    merged = counts.assign(baseMean=1.0, log2FoldChange=0.5, pvalue=0.1, padj=0.2)
    merged.to_csv(folder / "data/merged.tsv", sep="\t")
    with pytest.raises(InnervateError) as caught:
        new_cohort(folder / "data", "mine", folder / "config/cohorts", "neuroimmune")
    message = str(caught.value)
    assert "merged.tsv: left aside, as it holds results of a test (log2FoldChange" in message
    assert "clinic.csv: no matrix of genes and samples" in message


@pytest.mark.parametrize("mark", ["_", "."])
def test_samples_of_start_and_end_are_samples(folder, symbols, mark):
    counts = pd.read_csv(folder / "data/counts.tsv.gz", sep="\t", index_col=0)
    (folder / "data/counts.tsv.gz").unlink()
    names = [f"{when}{mark}{n}" for when in ("start", "end") for n in range(1, 7)]
    counts.set_axis(names, axis=1).to_csv(folder / "data/counts.tsv", sep="\t")
    new_cohort(folder / "data", "mine", folder / "config/cohorts", "neuroimmune")
    sheet = pd.read_csv(folder / "config/cohorts/mine.samples.tsv", sep="\t", dtype=str)
    assert sorted(sheet["sample"]) == sorted(names)
