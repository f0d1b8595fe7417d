"""Two results folders are compared table by table; each kind of difference is a line."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from innervate.__main__ import main
from innervate.runtime.comparison import compare_results
from innervate.runtime.errors import InnervateError
from innervate.runtime.files import write_h5ad, write_tsv

EDGES = pd.DataFrame(
    {
        "source": ["atf4", "cgrp", "cgrp"],
        "target": ["slit2", "effector_t", "ccl5"],
        "estimate": [0.5, 0.25, -0.125],
        "status": ["supported", "supported", "inconclusive"],
    }
)


@pytest.fixture
def compare(tmp_path):
    """Return a function that writes two tables and gives what differs."""

    def differences(before, after, name="circuit/edges.tsv"):
        for folder, frame in (("one", before), ("other", after)):
            write_tsv(frame, tmp_path / folder / name)
        tables, found = compare_results(tmp_path / "one", tmp_path / "other")
        assert tables == 1
        return [what for _, what in found]

    return differences


def test_same(compare):
    assert compare(EDGES, EDGES.copy()) == []


def test_numbers(compare):
    changed = EDGES.assign(estimate=[0.5, 0.25, -0.25])
    assert compare(EDGES, changed) == ["column estimate: 1 of 3 rows differ, by 0.125 at most"]


def test_words(compare):
    changed = EDGES.assign(status=["supported", "suggestive", "suggestive"])
    assert compare(EDGES, changed, "circuit/edges.tsv.gz") == [
        "column status: 2 of 3 rows differ, the first (cgrp, effector_t) from 'supported' to "
        "'suggestive'"
    ]


def test_a_new_row_moves_no_other(compare):
    first = pd.DataFrame({"source": ["a"], "target": ["b"], "estimate": [0.0], "status": ["x"]})
    changed = pd.concat([first, EDGES], ignore_index=True)
    assert compare(EDGES, changed) == ["1 rows new, the first a, b"]
    assert compare(EDGES, EDGES[::-1]) == ["rows in another order"]


def test_columns(compare):
    changed = EDGES.rename(columns={"estimate": "effect"})
    assert compare(EDGES, changed) == ["columns gone: estimate", "columns new: effect"]


def test_rows_without_names(compare):
    numbers = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    assert compare(numbers, numbers * 2) == [
        "column a: 2 of 2 rows differ, by 2 at most",
        "column b: 2 of 2 rows differ, by 2 at most",
    ]
    assert compare(numbers, numbers[:1]) == [
        "2 rows before, 1 after, and no columns that distinguish them"
    ]


def test_arrays(tmp_path):
    cells = ad.AnnData(csr_matrix(np.eye(3)), pd.DataFrame(index=["c1", "c2", "c3"]))
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        write_h5ad(cells, tmp_path / folder / "cells.h5ad")
        cells.X = cells.X * 2
    assert compare_results(tmp_path / "one", tmp_path / "one") == (1, [])
    found = compare_results(tmp_path / "one", tmp_path / "other")[1]
    assert found == [("cells.h5ad", "array X/data: values differ")]


def test_command(tmp_path, capsys):
    for folder, frames in (("one", ["a", "b"]), ("other", ["b", "c"])):
        for name in frames:
            write_tsv(EDGES, tmp_path / folder / f"{name}.tsv")
    assert main(["results", "compare", str(tmp_path / "one"), str(tmp_path / "other")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a.tsv: only before", "c.tsv: only after", "1 tables in both folders, 2 differ"
    ]  # fmt: skip


def test_no_tables(tmp_path):
    with pytest.raises(InnervateError, match="no such folder"):
        compare_results(tmp_path / "nowhere", tmp_path)
    with pytest.raises(InnervateError, match="no tables in it"):
        compare_results(tmp_path, tmp_path)
