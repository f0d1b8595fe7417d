"""A change of code, of a setting or of one sample reruns what depends on it and nothing else."""

import shutil

import pytest
import yaml

AFTER_QC = {"bulk_qc", "bulk_normalize", "bulk_de", "bulk_gsea", "circuit_scores"}
AFTER_QC |= {"multiqc_table"}
AFTER_JOIN = {"cells_join", "cells_embed", "cells_annotate", "cells_malignant", "cells"}
AFTER_JOIN |= {"multiqc_table"}
AFTER_CELLS = {"pseudobulk_de", "pseudobulk_gsea", "ligand_receptor", "circuit_scores"}
CLINICAL = {"clinical_associations", "clinical_survival_models", "clinical_actionability"}
CLINICAL |= {"clinical_biomarkers", "clinical_missing", "clinical_prediction"}
AFTER_SCORES = {"circuit_patients", "circuit_edges", "circuit_chains", "index"} | CLINICAL
CLOSING = {"exclusions", "provenance", "report", "figures"}


@pytest.fixture
def copy(finished, tmp_path):
    """Return a copy of the finished run, with its checkout, that a test may change."""
    root = tmp_path / "copy"
    shutil.copytree(finished.folder.parent, root)
    return type(finished)(root / "work", root / "checkout")


def edit(workspace, module):
    path = workspace.checkout / "workflow/scripts/innervate" / module
    path.write_text(path.read_text() + "\n_EDITED = True\n")


def test_nothing_changed(copy):
    assert copy.planned() == {}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("report/html.py", {"report"}),
        ("report/answer.py", {"report", "figures", "index"}),
        ("clinical/associations.py", CLINICAL | CLOSING),
        ("clinical/trial_size.py", {"clinical_actionability", "provenance", "report", "figures"}),
        ("bulk/enrichment.py", {"bulk_gsea", "pseudobulk_gsea"} | CLOSING),
        ("single_cell/composition.py", {"pseudobulk_de", "pseudobulk_gsea"} | CLOSING),
        (
            "single_cell/malignancy.py",
            {"cells_malignant", "cells"} | AFTER_CELLS | AFTER_SCORES | CLOSING,
        ),
        ("circuit/patients.py", AFTER_SCORES | CLOSING),
    ],
)
def test_code(copy, module, rules):
    edit(copy, module)
    assert set(copy.planned()) == rules


def test_setting(copy):
    copy.cohort("demo", settings__enrichment__permutations=200)
    assert set(copy.planned()) == {"bulk_gsea", "pseudobulk_gsea"} | CLOSING


def test_cell_threshold(copy):
    copy.cohort("demo", settings__cell_qc__floor_genes=190)
    planned = copy.planned()
    later = AFTER_JOIN | AFTER_CELLS | AFTER_SCORES | CLOSING | {"genes"}
    assert set(planned) == {"cell_qc"} | later
    assert planned["cell_qc"] == 6


def test_cell_question(copy):
    cohort = yaml.safe_load((copy.folder / "config/cohorts/demo.yaml").read_text())
    contrasts = cohort["single_cell"]["contrasts"]
    contrasts[next(iter(contrasts))]["title"] = "Another wording"
    copy.cohort("demo", single_cell__contrasts=contrasts)
    planned = copy.planned()
    assert set(planned) == {"pseudobulk_de", "pseudobulk_gsea"} | CLOSING
    assert planned["pseudobulk_de"] == 1


def test_question(copy):
    cohort = yaml.safe_load((copy.folder / "config/cohorts/demo.yaml").read_text())
    contrasts = cohort["bulk"]["contrasts"]
    first = next(iter(contrasts))
    contrasts[first]["title"] = "Another wording"
    copy.cohort("demo", bulk__contrasts=contrasts)
    planned = copy.planned()
    assert set(planned) == {"bulk_de", "bulk_gsea"} | CLOSING
    assert planned["bulk_de"] == 1


def test_trial(copy):
    trial = {"agents_for": "cgrp", "where": [{"score": "cgrp", "above": 1}], "endpoint": "pfs",
             "hazard_ratio": 0.6}  # fmt: skip
    copy.cohort("demo", trials={"cgrp": trial})
    assert set(copy.planned()) == {"clinical_actionability", "provenance", "report", "figures"}


def test_threshold(copy):
    copy.cohort("demo", settings__bulk_qc__min_genes=10)
    assert set(copy.planned()) == AFTER_QC | AFTER_SCORES | CLOSING


def test_one_sample(copy):
    sheet = copy.folder / "data/demo/samples.tsv"
    sample = sheet.read_text().splitlines()[5].split("\t")[0]
    copy.cohort("demo", samples__exclude={sample: "withdrawn"})
    everything = {"samples", "bulk_matrix", "genes"} | AFTER_QC | AFTER_SCORES | CLOSING
    # Cells are joined anew, as they carry what the sheet says of samples; none is checked anew.
    assert set(copy.planned()) == everything | AFTER_JOIN | AFTER_CELLS
