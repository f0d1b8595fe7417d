"""A sample that is added reruns what depends on it; the other samples' cells are not checked anew.

Nothing is computed: empty outputs stand for a finished run, and `--touch` records their inputs,
params and code as a run does, so that Snakemake decides on reruns by its own rules.
"""

import re

import h5py
import pandas as pd
import pytest
import yaml

GENES = [f"ENSG{number:011d}" for number in range(6)]
PATIENTS = [f"P{number}" for number in range(1, 5)]

FOLDERS = {"results/small/figures"}
"""Outputs that are folders."""

PER_COHORT = {
    "samples", "bulk_matrix", "genes", "exclusions", "bulk_qc", "bulk_normalize", "cells_join",
    "cells_embed", "cells_annotate", "cells_malignant", "cells", "ligand_receptor",
    "circuit_scores", "circuit_patients", "circuit_edges", "circuit_chains", "provenance",
    "multiqc_table", "report", "figures", "index",
}  # fmt: skip


def write_data(folder, bulk, cells):
    """Write a sheet, a count matrix and a file of cells for each single-cell sample."""
    rows = [(f"{patient}_bulk", patient, "bulk", "") for patient in bulk]
    rows += [(f"{patient}_cells", patient, "single_cell", f"{patient}.h5") for patient in cells]
    frame = pd.DataFrame(rows, columns=["sample", "patient", "assay", "cells_file"])
    frame.assign(tissue="tumor").to_csv(folder / "sheet.tsv", sep="\t", index=False)
    counts = pd.DataFrame(1, GENES, [f"{patient}_bulk" for patient in bulk])
    counts.to_csv(folder / "counts.tsv", sep="\t")
    for patient in cells:
        path = folder / "cells" / f"{patient}.h5"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            h5py.File(path, "w").close()


@pytest.fixture(scope="module")
def done(tmp_path_factory, new_workspace):
    """A cohort of four patients, both assays, all of whose outputs are there."""
    work = new_workspace(tmp_path_factory.mktemp("added") / "work")
    cohort = {
        "title": "Small", "species": "human", "samples": {"table": "sheet.tsv"},
        "bulk": {"matrices": [{"path": "counts.tsv"}]},
        "single_cell": {
            "inputs": [{"format": "10x_h5", "folder": "cells", "file_column": "cells_file"}]
        },
    }  # fmt: skip
    (work.folder / "config/cohorts/small.yaml").write_text(yaml.safe_dump(cohort))
    config = {"cohorts": ["config/cohorts/small.yaml"]}
    (work.folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    write_data(work.folder, PATIENTS, PATIENTS[:3])
    planned = work.snakemake("--dry-run")
    outputs = re.findall(r"^    output: (.+)$", planned.stdout + planned.stderr, re.M)
    for path in ", ".join(outputs).split(", "):
        (work.folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path in FOLDERS:
            (work.folder / path).mkdir(exist_ok=True)
        else:
            (work.folder / path).touch()
    work.snakemake("--touch", "--forceall")
    return work


def test_jobs_after_adding_a_bulk_and_a_single_cell_sample(done, capsys):
    assert done.planned() == {}
    write_data(done.folder, [*PATIENTS, "P5"], [*PATIENTS[:3], "P4"])
    printed = done.snakemake("--dry-run")
    text = printed.stdout + printed.stderr
    checked = re.findall(r"^rule cell_qc:.*?cell_sample=(\S+)$", text, re.M | re.S)
    planned = done.planned()
    with capsys.disabled():
        print("\nafter adding bulk sample P5_bulk and single-cell sample P4_cells:")
        for rule, count in sorted(planned.items()):
            print(f"  {rule} {count}")
    assert [name.rstrip(",") for name in checked] == ["P4_cells"]
    assert set(planned) == PER_COHORT | {"cell_qc"}
    assert planned.pop("multiqc_table") == 2, "one an assay"
    assert set(planned.values()) == {1}


def test_jobs_after_adding_a_bulk_sample_only(done):
    write_data(done.folder, [*PATIENTS, "P5"], PATIENTS[:3])
    planned = done.planned()
    assert "cell_qc" not in planned
    assert set(planned) == PER_COHORT
