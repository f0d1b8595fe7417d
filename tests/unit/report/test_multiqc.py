"""MultiQC's custom content: settings in comments, numbers of the table, names that stay text."""

import html
import io

import pandas as pd
import pytest
import yaml

from innervate.bulk.contracts import BULK_QC
from innervate.report.multiqc import custom_content
from innervate.runtime.files import read_table


def parts(text):
    lines = text.splitlines()
    comments = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    body = "\n".join(line for line in lines if not line.startswith("# "))
    return yaml.safe_load("\n".join(comments)), pd.read_csv(io.StringIO(body), sep="\t")


@pytest.fixture
def qc(fake):
    """Return the quality control of the made-up samples."""
    return read_table(fake.folder / "bulk/qc.tsv", BULK_QC)


def test_the_header_tells_multiqc_what_it_is(qc):
    header, table = parts(custom_content(qc, "bulk", "demo"))
    assert header["id"] == "innervate_demo_bulk"
    assert header["plot_type"] == "table"
    assert list(table.columns) == ["Sample", *header["headers"]]


def test_numbers_are_those_of_the_table_and_shares_are_percentages(qc):
    _, table = parts(custom_content(qc, "bulk", "demo"))
    assert len(table) == len(qc)
    assert list(table["n_counts"]) == pytest.approx(list(qc["n_counts"]), rel=1e-5)
    assert list(table["mito_fraction"]) == pytest.approx(list(100 * qc["mito_fraction"]), rel=1e-5)


def test_names_can_not_become_html(qc, fake):
    text = custom_content(qc, "bulk", "demo")
    assert "<script" not in text
    assert html.escape(fake.hostile.split()[0]) in text
