"""Who expresses what by hand; a cell type is named as the highest only where that is known."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.config.circuit import CellMeasure
from innervate.genes.sets import GeneSet
from innervate.scoring.sources import find_sources

GENE = {"slit2": CellMeasure(label="SLIT2", tissue="tumor", gene="SLIT2")}
LIBRARY = 100_000


def sums_of(rows, tissue="tumor"):
    """Return sums of (sample, cell type, cells, molecules of SLIT2), all libraries alike."""
    obs = pd.DataFrame(rows, columns=["sample", "cell_type", "n_cells", "molecules"])
    counts = np.column_stack([obs["molecules"], LIBRARY - obs["molecules"]]).astype(float)
    obs.index = [f"g{row}" for row in range(len(obs))]
    var = pd.DataFrame(index=["SLIT2", "OTHER"])
    data = ad.AnnData(counts, obs=obs.drop(columns="molecules"), var=var)
    data.obs["patient"], data.obs["tissue"] = data.obs["sample"], tissue
    data.layers["detected"] = (counts > 0).astype(float)
    data.uns["species"] = "human"
    # As they come from a file, with categories that no row has.
    for column in ("sample", "cell_type", "tissue"):
        data.obs[column] = data.obs[column].astype("category").cat.add_categories(["absent"])
    return data


def highest(rows, measures=GENE, sets=None):
    found = find_sources(sums_of(rows), measures, sets or {}, min_cells=10)
    return found.highest.iloc[0]


def in_samples(*kinds, samples=3):
    return [(f"S{sample}", *kind) for sample in range(samples) for kind in kinds]


MUCH, LITTLE = ("fibroblast", 50, 60), ("macrophage", 66, 2)


def test_the_highest_type_is_named_with_its_molecules():
    row = highest(in_samples(MUCH, LITTLE))
    assert (row["status"], row["cell_type"]) == ("named", "fibroblast")
    assert (row["molecules"], row["n_samples"], row["n_cell_types"]) == (180, 3, 2)


def test_no_type_is_named_while_one_that_was_left_out_holds_more():
    """The breast tumor of copyKAT: one molecule made macrophages the first of two types."""
    rows = [("B", "fibroblast", 9, 5), ("B", "macrophage", 66, 1), ("B", "malignant", 225, 3)]
    row = highest(rows)
    assert (row["status"], row["rival"]) == ("a left-out type holds more", "fibroblast")
    assert row["cell_type"] == ""
    assert row["reason"] == (
        "Fibroblast has more per cell (5 molecules in 9 cells; Malignant 3 in 225), but in 1 of 1 "
        "samples with it has fewer than 10 cells"
    )


def test_more_is_by_cell_and_not_by_number_of_cells():
    kept = ("fibroblast", 200, 60), LITTLE
    # Six molecules in nine cells are fewer than sixty in two hundred, but more a cell.
    assert highest(in_samples(*kept, ("mast", 9, 6)))["rival"] == "mast"
    assert highest(in_samples(*kept, ("mast", 9, 1)))["cell_type"] == "fibroblast"
    # One molecule is chance, and stands against no other type.
    assert highest([*in_samples(*kept), ("S0", "mast", 1, 1)])["cell_type"] == "fibroblast"
    assert highest([*in_samples(*kept), ("S0", "mast", 2, 2)])["rival"] == "mast"


def test_a_type_that_was_left_out_in_some_samples_only_counts_as_a_whole():
    rows = in_samples(("macrophage", 100, 30), ("b_cell", 60, 0))
    rows += [("S0", "fibroblast", 10, 1), ("S1", "fibroblast", 9, 30), ("S2", "fibroblast", 8, 25)]
    assert highest(rows)["rival"] == "fibroblast"


@pytest.mark.parametrize(("molecules", "status"), [(19, "too few molecules"), (20, "named")])
def test_twenty_molecules_name_a_type(molecules, status):
    row = highest([("S0", "fibroblast", 50, molecules), ("S0", "macrophage", 60, 0)])
    assert row["status"] == status


def test_one_sample_of_many_names_no_type():
    rows = [*in_samples(LITTLE, ("b_cell", 60, 0), samples=5), ("S0", "mast", 12, 80)]
    row = highest(rows)
    assert row["status"] == "too few samples"
    assert row["reason"] == "Mast, which comes first, was measured in 1 of 5 samples, 3 needed"
    two = highest([*in_samples(LITTLE, ("b_cell", 60, 0), samples=2), ("S0", "mast", 12, 80)])
    assert two["reason"] == "Mast, which comes first, was measured in 1 of 2 samples, 2 needed"


def test_one_type_alone_is_not_the_highest():
    assert (
        highest([("S0", "fibroblast", 50, 90), ("S0", "mast", 3, 0)])["status"] == "one cell type"
    )


def test_what_can_not_be_measured_has_a_row_with_its_reason():
    measures = {
        **GENE,
        "node": CellMeasure(label="CCL5", tissue="tdln", gene="CCL5"),
        "gone": CellMeasure(label="CCL5", tissue="tumor", gene="CCL5"),
    }
    found = find_sources(sums_of([("S0", "mast", 3, 1)]), measures, {}, min_cells=10)
    assert found.by_cell_type.empty
    assert dict(zip(found.highest["measure"], found.highest["reason"], strict=True)) == {
        "slit2": "no cell type of a sample has 10 cells",
        "node": "no cells of this tissue",
        "gone": "not in the matrix",
    }


def test_each_left_out_type_and_sample_is_an_exclusion():
    rows = [("A", "fibroblast", 9, 5), ("A", "macrophage", 66, 1), ("B", "macrophage", 4, 0)]
    found = find_sources(sums_of(rows), GENE, {}, min_cells=10).exclusions
    assert set(found["stage"]) == {"expression by cell type"}
    assert found[["level", "id", "reason"]].to_numpy().tolist() == [
        ["sample", "A, fibroblast", "9 cells, 10 needed"],
        ["sample", "B, macrophage", "4 cells, 10 needed"],
        ["cell_type", "fibroblast, tumor", "no sample has 10 of these cells: 9 at most"],
        ["sample", "B", "no cell type has 10 cells"],
    ]


def test_values_and_shares_by_hand():
    found = find_sources(sums_of(in_samples(MUCH, LITTLE)), GENE, {}, min_cells=10).by_cell_type
    row = found.set_index(["sample", "cell_type"]).loc[("S1", "fibroblast")]
    assert row["share"] == pytest.approx(60 / 62)
    assert row["value"] == pytest.approx(np.log2((60 + 2) / (LIBRARY + 4) * 1e6))
    assert row["molecules"] == 60


def test_sets_are_judged_by_their_score():
    """Few left-out cells with a high score stand against a winner, and do not set the scale."""
    one = {"program": GeneSet("program", ("SLIT2",), (1.0,))}
    measures = {"p": CellMeasure(label="Program", tissue="tumor", set="program")}
    kept = in_samples(MUCH, LITTLE)
    assert highest(kept, measures, one)["cell_type"] == "fibroblast"
    assert highest([*kept, *in_samples(("mast", 5, 3))], measures, one)["cell_type"] == "fibroblast"
    with_rival = [*kept, *in_samples(("malignant", 5, 90))]
    assert highest(with_rival, measures, one)["rival"] == "malignant"
    both = [
        find_sources(sums_of(rows), measures, one, min_cells=10).by_cell_type["value"].to_numpy()
        for rows in (kept, with_rival)
    ]
    assert both[0] == pytest.approx(both[1])


def test_a_set_in_one_sum_has_no_scale():
    one = {"program": GeneSet("program", ("SLIT2",), (1.0,))}
    measures = {"p": CellMeasure(label="Program", tissue="tumor", set="program")}
    row = highest([("S0", "fibroblast", 50, 9), ("S0", "mast", 3, 1)], measures, one)
    assert row["status"] == "not measured"
    assert row["reason"].startswith("none of its genes varies")


@pytest.mark.slow
def test_breast_tumor_names_no_source_of_slit2(breast_tumor):
    found = breast_tumor.scored.sources
    rows = found.by_cell_type[found.by_cell_type["measure"] == "slit2_source"]
    print("\n", rows[["cell_type", "n_cells", "molecules", "value"]].to_string())
    row = found.highest.set_index("measure").loc["slit2_source"]
    print(row["reason"])
    assert rows.set_index("cell_type")["molecules"].to_dict() == {"macrophage": 1, "malignant": 3}
    assert (row["cell_type"], row["rival"]) == ("", "fibroblast")
    left_out = found.exclusions.set_index("id")
    assert left_out.loc["BRCA1, fibroblast", "reason"] == "9 cells, 10 needed"
    assert left_out.loc["fibroblast, tumor", "level"] == "cell_type"
