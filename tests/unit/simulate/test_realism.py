"""How real the simulated tumors look beside a published cohort; the figures are printed."""

import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Simulation
from innervate.simulate.cohort import simulate_cohort
from innervate.simulate.markers import COMPARTMENTS, MARKERS


@pytest.fixture(scope="module")
def tumors():
    made = simulate_cohort(Simulation(patients=60, genes=9000, effect=0.8), 20251024)
    truth = made.truth_samples
    good = truth.loc[truth["tissue"].eq("tumor") & truth["trap"].eq(""), "sample"]
    return made.counts[list(good)]


@pytest.fixture(scope="module")
def published(shared):
    return pd.read_csv(shared / "data/riaz_nivolumab/counts.csv.gz", index_col=0)


def figures(counts):
    """Dispersion beyond Poisson at three levels of expression, and similarity of samples."""
    sizes = counts.sum()
    scaled = counts / (sizes / 20e6)
    mean = scaled.mean(axis=1)
    dispersion = (scaled.var(axis=1) - mean * (20e6 / sizes).mean()) / mean**2
    expressed = counts[mean > 20]
    correlation = np.log2(expressed / sizes * 1e6 + 1).corr("spearman").to_numpy()
    pairs = correlation[np.triu_indices_from(correlation, 1)]
    bands = {"low": (20, 200), "middle": (200, 2000), "high": (2000, np.inf)}
    return pd.Series(
        {
            **{
                f"dispersion_{name}_{key}": dispersion[mean.between(*bounds)].quantile(quantile)
                for name, bounds in bands.items()
                for key, quantile in {"q25": 0.25, "median": 0.5}.items()
            },
            "zeros_of_genes_over_20_counts": (expressed == 0).mean().mean(),
            "log10_mean_sd": np.log10(mean[mean > 20]).std(),
            "correlation_low": np.quantile(pairs, 0.05),
            "correlation_median": np.median(pairs),
            "correlation_high": np.quantile(pairs, 0.95),
        }
    )


def test_tumors_resemble_a_published_cohort(tumors, published):
    table = pd.DataFrame({"published": figures(published), "simulated": figures(tumors)})
    table["ratio"] = table["simulated"] / table["published"]
    print(table.round(3).to_string())
    ratio, simulated = table["ratio"], table["simulated"]
    # The published melanomas come from skin, nodes and viscera: some genes differ more there.
    for band in ("low", "middle", "high"):
        assert 0.4 < ratio[f"dispersion_{band}_q25"] < 1.5
        assert 0.4 < ratio[f"dispersion_{band}_median"] < 1.5
    assert simulated["dispersion_low_median"] > 2 * simulated["dispersion_high_median"]
    assert 0.7 < ratio["log10_mean_sd"] < 1.4
    assert 0.2 < ratio["zeros_of_genes_over_20_counts"] < 3
    for name in ("low", "median", "high"):
        key = f"correlation_{name}"
        assert simulated[key] == pytest.approx(table.loc[key, "published"], abs=0.08)


def test_markers_are_highest_in_the_cells_they_mark_in_published_head_and_neck_cancer(shared):
    path = shared / "data/puram_means/cell_type_means.tsv.gz"
    means = pd.read_csv(path, sep="\t", index_col=0)
    names = {
        "malignant": "tumor",
        "fibroblast": "Fibroblast",
        "macrophage": "Macrophage",
        "dendritic": "Dendritic",
        "t_cell": "T cell",
        "b_cell": "B cell",
        "endothelial": "Endothelial",
    }
    assert set(COMPARTMENTS) - set(names) == {"nerve"}
    for compartment, column in names.items():
        genes = means.index.intersection(MARKERS[compartment].split())
        own = means.loc[genes, list(names.values())].idxmax(axis=1).eq(column)
        print(f"{compartment}: {own.sum()} of {len(own)}; not {' '.join(own.index[~own])}")
        # Chance is 1 in 7. The published dendritic cells are few, and lack some of the kinds.
        assert own.mean() > 0.5
