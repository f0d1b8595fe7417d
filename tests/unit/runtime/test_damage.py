"""Files that are not whole are seen, whole ones are not accused."""

import gzip
import zipfile

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.__main__ import main
from innervate.config.cohort import Cohort
from innervate.inputs.checks import check_cohort
from innervate.intake.scan import scan
from innervate.runtime import damage as module
from innervate.runtime.damage import damage, damage_problems
from innervate.runtime.errors import InputError


def table(rows=5000):
    return "gene\ts1\n" + "".join(f"G{n}\t{n * 7919 % 9973}\n" for n in range(rows))


def write(path):
    """Write a whole file of the kind that its name says."""
    kind = path.suffix
    if kind == ".gz":
        path.write_bytes(gzip.compress(table().encode(), mtime=0))
    elif kind == ".h5ad":
        ad.AnnData(np.random.default_rng(0).random((50, 80))).write_h5ad(path, compression="gzip")
    elif kind == ".parquet":
        pd.DataFrame({"a": np.random.default_rng(0).random(5000)}).to_parquet(path)
    elif kind == ".xlsx":
        pd.DataFrame({"a": [1, 2]}).to_excel(path)
    else:
        path.write_text(table())


NAMES = ["a.tsv.gz", "a.h5ad", "a.parquet", "a.xlsx"]


@pytest.mark.parametrize("name", [*NAMES, "a.tsv"])
def test_whole_files_are_whole(tmp_path, name):
    write(tmp_path / name)
    assert damage(tmp_path / name) == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_files_cut_short_are_seen_at_once(tmp_path, name, share):
    path = tmp_path / name
    write(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert damage(path, thorough=False)


def test_other_kinds_of_damage(tmp_path):
    plain, zeros = tmp_path / "plain.tsv.gz", tmp_path / "zeros.tsv"
    plain.write_text("gene\ts1\n")
    assert damage(plain).startswith("no gzip data")
    zeros.write_bytes(b"gene\ts1\n" + bytes(4096))
    assert damage(zeros) == "zero bytes stand where text should be"
    changed = tmp_path / "changed.csv.gz"
    write(changed)
    content = bytearray(changed.read_bytes())
    content[-6] ^= 1
    changed.write_bytes(content)
    assert damage(changed).startswith("damaged (CRC check failed")
    # Several members, as `cat a.gz b.gz` and bgzip write, are one file.
    changed.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert damage(changed) == ""


def test_what_is_no_file_of_data_is_passed_over(tmp_path):
    (tmp_path / "empty.txt").touch()
    for path in (tmp_path, tmp_path / "nothing.gz", tmp_path / "empty.txt"):
        assert damage(path) == ""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a", "b")
    assert damage(tmp_path / "a.zip") == ""


def test_a_check_reads_the_smallest_files_up_to_a_limit(tmp_path, monkeypatch):
    small, large = tmp_path / "small.tsv.gz", tmp_path / "large.tsv.gz"
    large.write_bytes(gzip.compress(table(9000).encode())[:-5])
    small.write_bytes(gzip.compress(table(10).encode())[:-5])
    assert [one.file for one in damage_problems([large, small])] == [str(large), str(small)]
    monkeypatch.setattr(module, "CHEAP", small.stat().st_size)
    assert [one.file for one in damage_problems([large, small])] == [str(small)]


@pytest.mark.parametrize("name", ["counts.tsv.gz", "counts.h5ad"])
def test_an_input_cut_short_is_found_before_anything_computes(tmp_path, name):
    path = tmp_path / name
    write(path)
    path.write_bytes(path.read_bytes()[:-20])
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("sample,patient,assay,tissue\ns1,p1,bulk,tumor\n")
    kind = "h5ad" if name.endswith("h5ad") else "matrix"
    cohort = Cohort.model_validate({
        "title": "", "species": "human", "samples": {"table": str(sheet)},
        "bulk": {"matrices": [{"path": str(path), "format": kind}]},
    })  # fmt: skip
    (problem,) = check_cohort(cohort, "c.yaml")
    assert problem.file == str(path)
    assert "again" in problem.fix


def test_a_table_cut_short_is_a_problem_of_the_sheet(tmp_path):
    sheet = tmp_path / "sheet.csv.gz"
    sheet.write_bytes(gzip.compress(b"sample,patient,assay,tissue\ns1,p1,bulk,tumor\n")[:-9])
    cohort = Cohort.model_validate(
        {"title": "", "species": "human", "samples": {"table": str(sheet)}}
    )
    assert {problem.file for problem in check_cohort(cohort, "c.yaml")} == {str(sheet)}


def test_a_folder_is_not_scanned_past_a_file_cut_short(tmp_path):
    write(tmp_path / "a.tsv.gz")
    write(tmp_path / "b.tsv.gz")
    (tmp_path / "b.tsv.gz").write_bytes((tmp_path / "b.tsv.gz").read_bytes()[:-50])
    (tmp_path / "~$notes.xlsx").write_bytes(b"lock")
    with pytest.raises(InputError) as caught:
        scan(tmp_path)
    assert [problem.file for problem in caught.value.problems] == [str(tmp_path / "b.tsv.gz")]


def test_a_file_too_large_for_a_check_is_named_by_whoever_reads_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "CHEAP", 0)
    path = tmp_path / "counts.tsv.gz"
    path.write_bytes(gzip.compress(table(100_000).encode())[:-50_000])
    status = main(["cohort", "new", str(tmp_path), "--name", "c", "--into", str(tmp_path)])
    assert status == 1
    assert f"not readable: {path} (EOFError" in capsys.readouterr().err


def test_text_that_ends_in_zero_bytes_is_seen_before_anything_computes(tmp_path):
    path = tmp_path / "counts.tsv"
    path.write_bytes(b"gene\ta\nCD8A\t5\n" + b"\0" * 500)
    [found] = damage_problems([path])
    assert found.found == "zero bytes stand where text should be"
    path.write_bytes(b"gene\ta\nCD8A\t5\n")
    assert not damage_problems([path])
