"""Tables are written whole or not at all, the same bytes each time, and as the contract says."""

import gzip

import pandas as pd
import pytest

from innervate.inputs.contracts import SAMPLES
from innervate.runtime.files import atomic_path, read_table, write_table, write_tsv

ROWS = pd.DataFrame(
    {
        "extra": [0.1 + 0.2, 1e-300],
        "sample": ["007", "NA"],
        "patient": ["1", "2"],
        "assay": "bulk",
        "tissue": ["tumor", "tdln"],
        "timepoint": [None, "Pre"],
        "batch": [None, None],
    }
)


def test_round_trip_keeps_ids_as_text(tmp_path):
    write_table(ROWS, tmp_path / "samples.tsv", SAMPLES)
    back = read_table(tmp_path / "samples.tsv", SAMPLES)
    assert list(back["sample"]) == ["007", "NA"], "a sample may be called NA"
    assert back["timepoint"].isna().tolist() == [True, False]
    assert list(back.columns)[:2] == ["sample", "patient"], "the contract's columns come first"
    assert back["extra"].tolist() == pytest.approx([0.3, 1e-300])


def test_equal_tables_give_equal_bytes(tmp_path):
    for name in ("one.tsv.gz", "two.tsv.gz"):
        write_tsv(ROWS, tmp_path / name)
    one, two = (tmp_path / "one.tsv.gz").read_bytes(), (tmp_path / "two.tsv.gz").read_bytes()
    assert one == two
    assert gzip.decompress(one).startswith(b"extra\tsample")


@pytest.mark.parametrize(
    ("broken", "named"),
    [(ROWS.drop(columns="tissue"), "tissue"), (ROWS.assign(patient=[None, "2"]), "patient")],
)
def test_a_broken_contract_is_named(tmp_path, broken, named):
    with pytest.raises(ValueError, match=named):
        write_table(broken, tmp_path / "samples.tsv", SAMPLES)
    assert not (tmp_path / "samples.tsv").exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "kept.txt"
    target.write_text("old")

    def fail():
        with atomic_path(target) as partial:
            partial.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_job_left_is_cleared(tmp_path):
    left = tmp_path / ".partial-table.txt"
    left.mkdir()
    (left / "table.txt").write_text("half")
    with atomic_path(tmp_path / "table.txt") as partial:
        partial.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["table.txt"]
