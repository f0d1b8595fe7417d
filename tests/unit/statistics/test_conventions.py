"""P-values are adjusted over the tests that were made."""

import numpy as np
import pytest

from innervate.statistics.conventions import adjusted_pvalues


def test_by_hand():
    """Ranked .01, .03, .04 of three: .01 x 3, then .03 x 3 / 2 and .04 at most .04."""
    assert adjusted_pvalues([0.01, 0.04, np.nan, 0.03]) == pytest.approx(
        [0.03, 0.04, np.nan, 0.04], nan_ok=True
    )


def test_nothing_tested():
    assert np.isnan(adjusted_pvalues([np.nan, None])).all()
    assert adjusted_pvalues([]).shape == (0,)
