"""A change of code, of a setting or of one sample reruns what depends on it and nothing else."""

import shutil

import pytest
import yaml

AFTER_QC = {"bulk_qc", "bulk_normalize", "bulk_de", "bulk_gsea", "circuit_scores"}
AFTER_SCORES = {"circuit_patients", "clinical_associations"}
CLOSING = {"exclusions", "provenance", "report"}


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
        ("clinical/associations.py", {"clinical_associations"} | CLOSING),
        ("bulk/enrichment.py", {"bulk_gsea"} | CLOSING),
        ("circuit/patients.py", AFTER_SCORES | CLOSING),
    ],
)
def test_code(copy, module, rules):
    edit(copy, module)
    assert set(copy.planned()) == rules


def test_setting(copy):
    copy.cohort("demo", settings__enrichment__permutations=200)
    assert set(copy.planned()) == {"bulk_gsea"} | CLOSING


def test_question(copy):
    cohort = yaml.safe_load((copy.folder / "config/cohorts/demo.yaml").read_text())
    contrasts = cohort["bulk"]["contrasts"]
    first = next(iter(contrasts))
    contrasts[first]["title"] = "Another wording"
    copy.cohort("demo", bulk__contrasts=contrasts)
    planned = copy.planned()
    assert set(planned) == {"bulk_de", "bulk_gsea"} | CLOSING
    assert planned["bulk_de"] == 1


def test_threshold(copy):
    copy.cohort("demo", settings__bulk_qc__min_genes=10)
    assert set(copy.planned()) == AFTER_QC | AFTER_SCORES | CLOSING


def test_one_sample(copy):
    sheet = copy.folder / "data/demo/samples.tsv"
    sample = sheet.read_text().splitlines()[5].split("\t")[0]
    copy.cohort("demo", samples__exclude={sample: "withdrawn"})
    everything = {"samples", "bulk_matrix"} | AFTER_QC | AFTER_SCORES | CLOSING
    assert set(copy.planned()) == everything
