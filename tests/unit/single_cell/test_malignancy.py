"""Planted copy numbers are found in epithelial cells, and thin evidence gives no call."""

import numpy as np
import pandas as pd
import pytest

from innervate.config.cell_settings import Malignancy
from innervate.single_cell.joining import join_samples, log_normalized
from innervate.single_cell.malignancy import call_malignant

NORMAL = {"t_cd4": 60, "b_cell": 60, "fibroblast": 60, "macrophage": 60}
GAINED, LOST = ("3", "8", "11"), ("9", "13", "18")


@pytest.fixture(scope="module")
def cohort(plant, sheet):
    """P1 and P3 with copy-number changes, P2 with normal epithelium."""
    var = plant({"x": {"t_cd4": 1}}).var
    chromosome = var["chromosome"].astype(str)

    def factor(kind, sample):
        change = pd.Series(1.0, index=var.index)
        if kind == "epithelial" and sample != "P2_a":
            shift = {"P1_a": (GAINED, LOST), "P3_a": (LOST, GAINED)}[sample]
            change[chromosome.isin(shift[0])] = 1.6
            change[chromosome.isin(shift[1])] = 0.5
        return change

    names = ["P1_a", "P2_a", "P3_a"]
    cells = plant({name: NORMAL | {"epithelial": 60} for name in names}, depth=6000, factor=factor)
    parts = [cells[cells.obs["sample"] == name].copy() for name in names]
    joined = log_normalized(join_samples(parts, sheet(names))[0])
    annotation = pd.DataFrame({"lineage": joined.obs["truth"].astype(str)})
    return joined, annotation.replace("t_cd4", "t_cell").replace("macrophage", "myeloid")


def test_copy_numbers_are_called_and_normal_epithelium_is_not(cohort, types):
    joined, annotation = cohort
    cells, patients = call_malignant(joined, annotation, types, Malignancy(), seed=1)
    epithelial = (annotation["lineage"] == "epithelial").to_numpy()
    planted = epithelial & (joined.obs["patient"] != "P2").to_numpy()
    table = pd.crosstab(
        np.select([planted, epithelial], ["planted", "normal epithelium"], "other"),
        cells["malignant"].to_numpy(),
    )
    print(table, patients, sep="\n")
    assert (cells["malignant"][planted] == "malignant").mean() > 0.9
    assert (cells["malignant"][epithelial & ~planted] == "malignant").mean() < 0.1
    assert (cells["malignant"][~epithelial] == "not malignant").all()
    assert cells["malignant_score"][planted].median() > 0.99


def test_few_reference_or_epithelial_cells_give_no_call_with_a_reason(cohort, types):
    joined, annotation = cohort
    many = Malignancy(min_reference_cells=10_000)
    cells, patients = call_malignant(joined, annotation, types, many, seed=1)
    epithelial = annotation["lineage"] == "epithelial"
    assert (cells["malignant"][epithelial] == "no call").all()
    assert patients["reason"].str.contains("10000 needed as a reference").all()
    demanding = Malignancy(min_epithelial_cells=61)
    _, patients = call_malignant(joined, annotation, types, demanding, seed=1)
    assert patients["reason"].eq("60 epithelial cells, 61 needed").all()


def test_genes_without_a_position_give_no_call(cohort, types):
    joined, annotation = cohort
    lost = joined.copy()
    lost.var["chromosome"] = ""
    cells, patients = call_malignant(lost, annotation, types, Malignancy(), seed=1)
    assert patients["reason"].str.contains("genes with a known position").all()
    assert set(cells["malignant"]) == {"no call", "not malignant"}


def test_a_cohort_without_epithelial_cells_calls_nothing(cohort, types):
    joined, annotation = cohort
    here = (annotation["lineage"] != "epithelial").to_numpy()
    cells, patients = call_malignant(
        joined[here].copy(), annotation[here], types, Malignancy(), seed=1
    )
    assert patients.empty
    assert set(cells["malignant"]) == {"not malignant"}
