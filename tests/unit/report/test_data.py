import pytest

from innervate.inputs.contracts import SAMPLES
from innervate.report.data import load_results
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.errors import InnervateError
from innervate.runtime.files import write_table


def test_every_table_is_read(fake):
    results = load_results(fake.folder)
    absent = [name for name, part in vars(results).items() if part is None or len(part) == 0]
    # Made up of bulk samples that came as counts, for the first time.
    assert absent == ["libraries", "single_cell", "changes"]
    assert set(results.de) == set(results.gsea) == {"site"}
    assert len(results.exclusions) == 4


def test_absent_parts_are_none(tmp_path, fake):
    samples = load_results(fake.folder).samples
    write_table(samples, tmp_path / "inputs/samples.tsv", SAMPLES)
    results = load_results(tmp_path)
    assert results.qc is None
    assert results.de == {}
    assert results.exclusions.empty


def test_exclusions_of_the_stages_are_joined_where_there_is_no_whole_table(tmp_path, fake):
    results = load_results(fake.folder)
    write_table(results.samples, tmp_path / "inputs/samples.tsv", SAMPLES)
    for i, name in enumerate(("inputs/exclusions", "bulk/qc_exclusions", "bulk/de_exclusions/c")):
        write_table(results.exclusions.iloc[[i]], tmp_path / f"{name}.tsv", EXCLUSIONS)
    assert len(load_results(tmp_path).exclusions) == 3


def test_a_folder_without_samples_is_refused_in_words(tmp_path):
    with pytest.raises(InnervateError, match="nothing to report"):
        load_results(tmp_path)
