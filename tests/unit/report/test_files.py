"""The tables beside the report: all that are there, with their rows, sizes and meanings."""

import pandas as pd

from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.files import result_files
from innervate.report.parts.run import changes, downloads


def test_each_table_has_its_rows_size_and_meaning(fake):
    found = {file.path: file for file in result_files(fake.folder)}
    there = {
        path.relative_to(fake.folder).as_posix()
        for path in fake.folder.rglob("*.tsv")
        if "exclusions" not in path.parent.name
    }
    assert set(found) >= {path for path in there if path.count("/") < 2}
    samples = found["inputs/samples.tsv"]
    assert samples.rows == len(pd.read_csv(fake.folder / samples.path, sep="\t")) == 24
    assert samples.size == (fake.folder / samples.path).stat().st_size
    assert samples.row == "a sample"
    assert found["bulk/de/site.tsv"].row == "a gene"
    assert found["bulk/pca.tsv"].row.startswith("a bulk sample")


def test_a_cell_with_a_line_break_is_one_row(tmp_path):
    (tmp_path / "circuit").mkdir()
    frame = pd.DataFrame({"a": ["one\ntwo", 'three "x"', "four\tfive"]})
    frame.to_csv(tmp_path / "circuit/x.tsv", sep="\t", index=False)
    assert [file.rows for file in result_files(tmp_path)] == [3]


def test_a_table_that_is_compressed_is_counted_too(tmp_path):
    (tmp_path / "single_cell").mkdir()
    frame = pd.DataFrame({"cell": list("abcd")})
    frame.to_csv(tmp_path / "single_cell/annotation.tsv.gz", sep="\t", index=False)
    found = {file.path: file.rows for file in result_files(tmp_path)}
    assert found["single_cell/annotation.tsv.gz"] == 4


def test_links_are_relative_and_lead_to_what_is_there(fake, circuit):
    context = Context(load_results(fake.folder), fake.cohort, fake.settings, circuit)
    table = downloads(context)[0]
    assert len(table.links) > 15
    for link in table.links:
        assert (fake.folder / link).is_file()
        assert not link.startswith(("/", "."))


def test_the_first_run_says_so(fake, circuit):
    context = Context(load_results(fake.folder), fake.cohort, fake.settings, circuit)
    assert changes(context)[0].startswith("This is the first run")
