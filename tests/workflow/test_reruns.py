"""A change of code, of a setting or of one sample reruns what depends on it and nothing else."""

import os
import re
import shutil
import time

import pytest
import yaml

from innervate.runtime.digests import PACKAGE, modules_behind

AFTER_QC = {"bulk_qc", "bulk_normalize", "bulk_de", "bulk_gsea", "circuit_scores"}
AFTER_QC |= {"multiqc_table"}
AFTER_JOIN = {"cells_join", "cells_embed", "cells_annotate", "cells_malignant", "cells"}
AFTER_JOIN |= {"multiqc_table"}
AFTER_CELLS = {"pseudobulk_de", "pseudobulk_gsea", "ligand_receptor", "circuit_scores"}
CLINICAL = {"clinical_associations", "clinical_survival_models", "clinical_actionability"}
CLINICAL |= {"clinical_biomarkers", "clinical_missing", "clinical_prediction"}
AFTER_SCORES = {"circuit_patients", "circuit_edges", "circuit_chains", "index"} | CLINICAL
CLOSING = {"exclusions", "provenance", "report", "figures"}
NOT_IN_THE_DEMO = {"power", "reads_cells", "reads_files", "reads_libraries", "reads_reference"}
NOT_IN_THE_DEMO |= {"synthesis", "synthesis_report"}


def _copy(finished, root):
    shutil.copytree(finished.folder.parent, root)
    return type(finished)(root / "work", root / "checkout")


@pytest.fixture
def copy(finished, tmp_path):
    """Return a copy of the finished run, with its checkout, that a test may change."""
    return _copy(finished, tmp_path / "copy")


@pytest.fixture(scope="module")
def copied_once(finished, tmp_path_factory):
    """Return a copy that the tests of this module share: each one puts back what it changes."""
    return _copy(finished, tmp_path_factory.mktemp("copied") / "copy")


def edit(workspace, module, text="_EDITED = True"):
    path = workspace.checkout / "workflow/scripts/innervate" / module
    path.write_text(f"{path.read_text()}\n{text}\n")


def test_nothing_changed(copy):
    assert copy.planned() == {}


def test_new_clone(copy):
    """Files of a new clone are newer than the results that were copied beside it."""
    later = time.time() + 60
    for path in copy.checkout.rglob("*"):
        os.utime(path, (later, later))
    assert copy.planned() == {}


def test_docstrings_and_comments(copy):
    for path in (copy.checkout / "workflow/scripts").rglob("*.py"):
        path.write_text(f'{path.read_text()}\n"""Added."""  # Why.\n')
    assert copy.planned() == {}


def test_script(copy):
    path = copy.checkout / "workflow/scripts/multiqc_table.py"
    path.write_text(path.read_text() + "\n_EDITED = True\n")
    assert set(copy.planned()) == {"multiqc_table"}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("report/html.py", {"report"}),
        ("trials/trial_size.py", {"clinical_actionability", "provenance", "report", "figures"}),
        ("bulk/enrichment.py", {"bulk_gsea", "pseudobulk_gsea"} | CLOSING),
        ("circuit/patients.py", AFTER_SCORES | CLOSING),
    ],
)
def test_code(copy, module, rules):
    edit(copy, module)
    assert set(copy.planned()) == rules


def _module_of_each_set_of_rules():
    """One module for each set of scripts that import the same modules."""
    behind = {path.stem: modules_behind(path.stem) for path in PACKAGE.parent.glob("*.py")}
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        module = ".".join(["innervate", *relative.with_suffix("").parts]).removesuffix(".__init__")
        scripts = frozenset(script for script in behind if module in behind[script])
        found.setdefault(scripts, str(relative))
    return [pytest.param(found[s], s, id=found[s]) for s in sorted(found, key=sorted)]


@pytest.mark.slow
@pytest.mark.parametrize(("module", "scripts"), _module_of_each_set_of_rules())
def test_module(copied_once, module, scripts):
    """A changed constant plans the rules whose scripts import the module, and what follows."""
    path = copied_once.checkout / "workflow/scripts/innervate" / module
    text = path.read_text()
    edit(copied_once, module)
    try:
        printed = copied_once.snakemake("--dry-run").stdout
    finally:
        path.write_text(text)
    jobs = re.findall(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    reason: (.*)", printed, re.M)
    importing = set(scripts) - NOT_IN_THE_DEMO
    assert importing <= {rule for rule, _ in jobs}
    # Of a job that follows another, Snakemake does not say what else has changed.
    for rule, reason in jobs:
        follows = "Input files updated by another job" in reason
        assert follows or (rule in importing and "Params have changed" in reason), (rule, reason)


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
