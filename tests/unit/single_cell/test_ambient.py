"""The planted share of ambient RNA is estimated from empty droplets."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.single_cell.ambient import estimate_ambient


@pytest.fixture(scope="module")
def lineages(types, sets):
    return [sets[name] for name in types.lineage_sets.values()]


def soiled(plant, share, seed=1):
    """Cells of four types with ambient RNA in them, and their empty droplets."""
    kinds = dict.fromkeys(("epithelial", "fibroblast", "t_cd4", "b_cell"), 80)
    cells = plant({"S1": kinds}, seed=seed)
    rng = np.random.default_rng(seed)
    counts = cells.X.toarray()
    soup = counts.sum(axis=0) / counts.sum()
    total = counts.sum(axis=1)
    kept = rng.binomial(counts.astype(int), 1 - share)
    cells.X = sparse.csr_matrix(
        (kept + rng.poisson(share * total[:, None] * soup)).astype(np.float32)
    )
    empty = rng.poisson(rng.integers(5, 80, 1500)[:, None] * soup)
    droplets = ad.AnnData(
        sparse.csr_matrix(empty.astype(np.float32)),
        obs=pd.DataFrame({"barcode": [f"E{n}" for n in range(1500)]}),
        var=cells.var,
    )
    return cells, droplets


@pytest.mark.parametrize("share", [0.02, 0.08, 0.2])
def test_planted_share_is_recovered(plant, lineages, share):
    cells, droplets = soiled(plant, share)
    found = estimate_ambient(droplets, cells, lineages)
    print(f"planted {share}, estimated {found.fraction:.3f}, median {found.median:.3f}")
    # An upper bound: markers are not wholly absent from other cells.
    assert 0.8 * share < found.fraction < share + 0.03
    assert found.empty_droplets > 1400


def test_doublets_do_not_pass_for_ambient_rna(plant, lineages):
    cells, droplets = soiled(plant, 0.05)
    counts = cells.X.toarray()
    rng = np.random.default_rng(0)
    one, two = rng.permutation(320)[:20], rng.permutation(320)[:20]
    counts[one] += counts[two]
    cells.X = sparse.csr_matrix(counts)
    found = estimate_ambient(droplets, cells, lineages)
    assert found.fraction == pytest.approx(0.05, abs=0.02)


def test_too_few_droplets_or_no_cells_are_said(plant, lineages):
    cells, droplets = soiled(plant, 0.05)
    few = estimate_ambient(droplets[:20].copy(), cells, lineages)
    assert np.isnan(few.fraction)
    assert "counts in empty droplets" in few.note
    assert estimate_ambient(droplets, cells[:0].copy(), lineages).note == "no cells"
