"""Planted types are recovered; a cell without markers, or without its type's, is not forced."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.config.cell_settings import Annotation
from innervate.runtime.errors import InnervateError
from innervate.single_cell.annotation import agreement, annotate, marker_scores, use_labels
from innervate.single_cell.integration import integration_quality


@pytest.fixture(scope="module")
def annotated(embedded, types, sets):
    cells, embedding = embedded
    scores, lacking = marker_scores(cells, types, sets)
    result = annotate(scores, embedding.obsp["connectivities"], types, Annotation())
    return cells, embedding, scores, lacking, result


def test_planted_types_are_recovered(annotated):
    cells, _, _, lacking, result = annotated
    table = pd.crosstab(cells.obs["truth"], result["cell_type"])
    print(table)
    assert lacking == []
    assert (result["cell_type"] == cells.obs["truth"]).mean() > 0.97
    assert result["cell_type_confidence"].between(0, 1).all()


def test_noise_is_unassigned(annotated, types):
    _, _, scores, _, _ = annotated
    rng = np.random.default_rng(1)
    noise = pd.DataFrame(rng.normal(0, 1, (200, scores.shape[1])), columns=scores.columns)
    alone = sparse.csr_matrix((200, 200))
    result = annotate(noise, alone, types, Annotation())
    assert (result["cell_type"] == "unassigned").mean() > 0.9


def test_a_clear_lineage_without_a_clear_type_keeps_the_lineage(types):
    names = [*types.lineage_sets.values(), *filter(None, types.frame["set"])]
    scores = pd.DataFrame(0.0, index=["a", "b"], columns=names)
    scores.loc["a", "CELL_T"] = scores.loc["b", "CELL_T"] = 10.0
    scores.loc["b", "CELL_T_CD8"] = 6.0
    result = annotate(scores, sparse.csr_matrix((2, 2)), types, Annotation())
    assert list(result["cell_type"]) == ["t_cell", "t_cd8"]
    # softmax by hand: exp(10) against nine lineages at 0 and unassigned at 2
    share = np.exp(10) / (np.exp(10) + 11 + np.exp(2))
    assert result.loc["a", "lineage_confidence"] == pytest.approx(share, abs=1e-6)


def test_missing_markers_are_listed_and_none_at_all_is_refused(embedded, types, sets):
    cells, _ = embedded
    mast = cells[:, ~cells.var_names.isin(sets["CELL_MAST"].genes)].copy()
    _, lacking = marker_scores(mast, types, sets)
    assert lacking == ["CELL_MAST"]
    markers = {gene for one in sets.values() if one.name.startswith("CELL_") for gene in one.genes}
    with pytest.raises(InnervateError, match="no cell type can be assigned"):
        marker_scores(cells[:, ~cells.var_names.isin(markers)].copy(), types, sets)


def test_labels_replace_ours_and_unknown_ones_are_unassigned(annotated, types):
    _, _, _, _, result = annotated
    given = pd.Series("T", index=result.index)
    given.iloc[0] = "something"
    used = use_labels(result, given, {"T": "t_cd4"}, types)
    assert used["cell_type"].iloc[0] == "unassigned"
    assert set(used["cell_type"].iloc[1:]) == {"t_cd4"}
    assert set(used["lineage"].iloc[1:]) == {"t_cell"}


def test_agreement_is_a_share_of_their_label():
    table = agreement(pd.Series(["a", "a", "b"]), pd.Series(["x", "x", "x"]), "other")
    shares = table.set_index("ours")["share"]
    assert shares["a"] == pytest.approx(2 / 3)
    assert table["n"].sum() == 3


def test_integration_mixes_samples_and_keeps_types_apart(annotated, embedded):
    cells, embedding = embedded
    table = integration_quality(embedding, cells.obs["truth"].astype(str), seed=1)
    value = table.set_index(["metric", "representation"])["value"]
    print(table)
    assert value["sample_mixing", "harmony"] > 0.8
    assert value["type_purity", "harmony"] > 0.95
    shuffled = cells.obs["truth"].astype(str).sample(frac=1, random_state=0)
    wrong = integration_quality(embedding, shuffled.set_axis(cells.obs_names), seed=1)
    wrong = wrong.set_index(["metric", "representation"])["value"]
    assert wrong["type_purity", "harmony"] < 0.5
