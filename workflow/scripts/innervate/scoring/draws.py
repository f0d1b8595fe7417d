"""Many gene sets scored at once: random ones like a node's, and resamples of its own genes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from innervate.config.circuit import Node
from innervate.config.measures import Measure
from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression, adjusting
from innervate.scoring.measures import Ruler

Sampler = Callable[[GeneSet, Expression, int, int], sparse.csr_matrix]
"""From a set, an expression, a number of draws and a seed to draws x expressed genes."""


def resampled_weights(
    gene_set: GeneSet, expression: Expression, draws: int, seed: int
) -> sparse.csr_matrix:
    """Weights of a set whose expressed genes are drawn anew with replacement.

    Parameters
    ----------
    gene_set, expression, draws, seed
        As for `innervate.scoring.matched.random_weights`.

    Returns
    -------
    csr_matrix
        Draws x expressed genes; each row's absolute weights sum to 1.
    """
    members = expression.found(gene_set)
    weights = dict(zip(gene_set.genes, gene_set.weights, strict=True))
    chosen = np.array([weights[gene] for gene in members])
    generator = np.random.default_rng(seed)
    times = generator.multinomial(len(members), np.full(len(members), 1 / len(members)), draws)
    values = times * chosen
    values = values / np.abs(values).sum(axis=1, keepdims=True)
    columns = expression.z.columns.get_indexer(members)
    matrix = sparse.csr_matrix(values)
    return sparse.csr_matrix(
        (matrix.data, columns[matrix.indices], matrix.indptr),
        shape=(draws, expression.z.shape[1]),
    )


def draw_scores(
    measure: Measure, node: Node, adjusted: bool, ruler: Ruler, sampler: Sampler, draws: int
) -> np.ndarray:
    """Take a node's measure with other genes in the place of its own.

    Everything that is done to the node's own genes is done to these: modules are standardized
    before their mean, and what the node is adjusted for is taken out.

    Parameters
    ----------
    measure
        The measure that stands for the node, of RNA.
    node
        For what it is adjusted for.
    adjusted
        Whether the adjusted score stands for the node.
    ruler
        As the node was measured with.
    sampler
        `innervate.scoring.matched.random_weights` or `resampled_weights`.
    draws
        Number of draws.

    Returns
    -------
    ndarray
        Draws x samples, each row with mean 0 and standard deviation 1.
    """
    scores = _raw(measure, ruler, sampler, draws)
    if adjusted:
        scores = scores @ adjusting(ruler.expression, [ruler.sets[key] for key in node.adjust_for])
    return _standardized(scores)


def _raw(measure: Measure, ruler: Ruler, sampler: Sampler, draws: int) -> np.ndarray:
    here = ruler.expression

    def score(gene_set: GeneSet, at: int, values: np.ndarray) -> np.ndarray:
        return sampler(gene_set, here, draws, ruler.seed + at) @ values.T

    z = here.z.to_numpy()
    if measure.kind == "gene":
        return score(_single(here.gene(measure.gene)), 0, z)
    if measure.kind == "set":
        return score(ruler.sets[measure.set], 0, z)
    if measure.kind == "ratio":
        values = here.values[here.z.columns].to_numpy()
        pair = (measure.numerator, measure.denominator)
        upper, lower = (score(_single(here.gene(gene)), at, values) for at, gene in enumerate(pair))
        return upper - lower
    if measure.kind == "difference":
        pair = (measure.plus, measure.minus)
        plus, minus = (
            _standardized(score(ruler.sets[name], at, z)) for at, name in enumerate(pair)
        )
        return plus - minus
    names = [name for part in measure.parts.values() for name in part]
    return sum(
        _standardized(score(ruler.sets[name], at, z)) for at, name in enumerate(names)
    ) / len(names)


def _single(gene: str) -> GeneSet:
    return GeneSet(gene, (gene,), (1.0,))


def _standardized(scores: np.ndarray) -> np.ndarray:
    centered = scores - scores.mean(axis=1, keepdims=True)
    spread = centered.std(axis=1, ddof=1, keepdims=True)
    # A draw may be a gene that the adjustment explains to the last digit: it has no order left.
    return np.divide(centered, spread, out=np.zeros_like(centered), where=spread > 1e-9)
