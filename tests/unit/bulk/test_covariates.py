"""Components by covariate: shares of variance as they come out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.bulk.covariates import components_by_covariate


@pytest.fixture
def components():
    return pd.DataFrame({"pc1": [1.0, 2, 3, 4, 5, 7], "pc2": [1.0, -1, 1, -1, 1, -1]},
                        index=list("abcdef"))  # fmt: skip


def row(components, covariate, component="pc1"):
    table = components_by_covariate(components, pd.DataFrame({"x": covariate}))
    return table.set_index("component").loc[component]


def test_a_number_explains_the_square_of_its_correlation(components):
    x = pd.Series([2.0, 1, 4, 3, 6, 5], index=components.index)
    found = row(components, x)
    expected = stats.pearsonr(components["pc1"], x)
    assert found["r2"] == pytest.approx(expected.statistic**2)
    assert found["pvalue"] == pytest.approx(expected.pvalue)
    assert found["n"] == 6


def test_groups_explain_what_an_analysis_of_variance_says(components):
    x = pd.Series(list("uuvvww"), index=components.index)
    found = row(components, x)
    groups = [components["pc1"][x == name] for name in "uvw"]
    assert found["pvalue"] == pytest.approx(stats.f_oneway(*groups).pvalue)
    # Sums of squares by hand: 3 pairs with 0.5, 0.5 and 2 within, 23.333 in all.
    assert found["r2"] == pytest.approx(1 - 3 / (70 / 3))


def test_order_of_samples_and_missing_values_do_not_matter(components):
    x = pd.Series([1.0, 2, 3, 4, 5, 6, np.nan], index=list("abcdefg"))
    more = pd.concat([components, pd.DataFrame({"pc1": [99.0], "pc2": 0.0}, index=["g"])])
    assert row(more, x.sample(frac=1, random_state=0))["r2"] == row(components, x[:6])["r2"]


@pytest.mark.parametrize("values", [["u"] * 6, list("uvwxyz"), [1.0] * 6, [1, 2, *[np.nan] * 4]])
def test_what_can_not_be_estimated_is_missing(components, values):
    found = row(components, pd.Series(values, index=components.index))
    assert np.isnan(found["r2"])
    assert np.isnan(found["fdr"])


def test_rates_are_corrected_over_all_cells(components):
    covariates = pd.DataFrame({"x": [2.0, 1, 4, 3, 6, 5], "y": list("uuvvww"), "z": 1.0},
                              index=components.index)  # fmt: skip
    table = components_by_covariate(components, covariates)
    tested = table.dropna(subset=["pvalue"])
    assert len(table) == 6
    assert tested["fdr"].tolist() == pytest.approx(
        stats.false_discovery_control(tested["pvalue"]).tolist()
    )
