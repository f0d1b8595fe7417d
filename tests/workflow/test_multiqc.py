"""MultiQC's own page: made by its target, of the numbers that quality control found."""

import json
import shutil

import pytest

from innervate.bulk.contracts import BULK_QC
from innervate.runtime.files import read_table
from innervate.single_cell.contracts import CELL_QC

pytestmark = pytest.mark.slow

SHOWN = {
    "bulk": (BULK_QC, ["n_counts", "n_genes"]),
    "single_cell": (CELL_QC, ["n_cells", "n_kept", "n_doublet"]),
}


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory):
    """Return the results of the demo after `snakemake multiqc`."""
    if shutil.which("multiqc") is None:
        pytest.skip("multiqc is not installed (PyPI: multiqc)")
    root = tmp_path_factory.mktemp("multiqc") / "run"
    shutil.copytree(finished.folder.parent, root)
    work = type(finished)(root / "work", root / "checkout")
    assert work.planned("multiqc") == {"multiqc": 1, "multiqc_report": 1}
    work.snakemake("multiqc")
    return work.folder / "results/demo"


@pytest.mark.parametrize("assay", SHOWN)
def test_it_holds_the_numbers_of_each_assay(folder, assay):
    data = folder / "multiqc/multiqc_report_data/multiqc_data.json"
    held = json.loads(data.read_text())["report_saved_raw_data"]
    found = held[f"multiqc_innervate_demo_{assay}_table"]
    contract, columns = SHOWN[assay]
    qc = read_table(folder / assay / "qc.tsv", contract).set_index("sample")
    assert set(found) == set(qc.index)
    for sample, row in qc.iterrows():
        for column in columns:
            assert found[sample][column] == pytest.approx(row[column], rel=1e-5), (sample, column)


def test_its_page_is_one_file_that_names_both_assays(folder):
    page = (folder / "multiqc/multiqc_report.html").read_text(encoding="utf-8")
    assert "Innervate: bulk samples, demo" in page
    assert "Innervate: single-cell samples, demo" in page
