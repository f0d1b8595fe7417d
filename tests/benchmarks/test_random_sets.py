"""2,000 matched random sets in 500 samples, at once and, as the peer, set after set."""

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression
from innervate.scoring.matched import random_weights

pytestmark = pytest.mark.slow


def test_two_thousand_sets_in_five_hundred_samples_take_less_than_ten_seconds():
    generator = np.random.default_rng(0)
    genes = [f"G{number}" for number in range(18_000)]
    values = generator.normal(size=(500, len(genes))) + generator.normal(5, 2, len(genes))
    frame = pd.DataFrame(values, columns=genes)
    expression = Expression(frame, pd.Series(True, index=genes), "human")
    one = GeneSet("x", tuple(genes[:50]), (1.0,) * 50)
    expression.z.shape  # noqa: B018 - standardized once, for both
    tracemalloc.start()
    start = time.perf_counter()
    weights = random_weights(one, expression, 2000, seed=1)
    scores = weights @ expression.z.to_numpy().T
    at_once = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    sets = [
        GeneSet("x", tuple(expression.z.columns[row.indices]), tuple(row.data))
        for row in weights[:100]
    ]
    start = time.perf_counter()
    looped = [expression.set_score(one) for one in sets]
    looping = (time.perf_counter() - start) * 20
    print(f"\nat once {at_once:.2f} s, peak {peak:.0f} MB; set by set {looping:.1f} s,", end=" ")
    print(f"{looping / at_once:.0f} times as long")
    assert np.allclose(scores[:100], looped)
    assert at_once < 10
