"""The measures of a circuit file, computed on a tissue's expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from innervate.config.measures import Measure
from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression, standardize
from innervate.scoring.matched import background_share


@dataclass(frozen=True)
class Measured:
    """A measure's scores, or why there are none.

    Parameters
    ----------
    method
        How it was measured, in words.
    genes_found, genes_total
        Of the sets or genes it needs.
    score
        By sample; None where it is not measurable.
    reason
        Why it is not measurable.
    raised
        By sample, whether every part stands above its background; None where parts have none.
    measure
        As the circuit file declares it.
    """

    method: str
    genes_found: int
    genes_total: int
    score: pd.Series | None = None
    reason: str = ""
    raised: pd.Series | None = None
    measure: Measure | None = None


@dataclass(frozen=True)
class Ruler:
    """What a measure is taken with.

    Parameters
    ----------
    expression
        Of the node's tissue.
    sets
        Curated sets by name, already without the genes that stand at the node's other ends.
    min_coverage
        Share of genes that must be expressed.
    draws
        Matched random sets.
    seed
        Of the draws.
    """

    expression: Expression
    sets: Mapping[str, GeneSet]
    min_coverage: float
    draws: int
    seed: int

    def measure(self, measure: Measure) -> Measured:
        """Take one measure; an assay is not for this ruler."""
        takers = {
            "gene": self._gene,
            "set": self._set,
            "modules": self._modules,
            "ratio": self._ratio,
            "difference": self._difference,
        }
        return replace(takers[measure.kind](measure), measure=measure)

    def coverage(self, names: list[str]) -> tuple[int, int, str]:
        """Genes found and in all of some sets, and the reason if any set has too few."""
        found = [len(self.expression.found(self.sets[name])) for name in names]
        total = [len(self.sets[name].genes) for name in names]
        short = [
            f"{name}: {have} of {want} genes expressed, {self.min_coverage:.0%} needed"
            for name, have, want in zip(names, found, total, strict=True)
            if have == 0 or have < self.min_coverage * want
        ]
        return sum(found), sum(total), "; ".join(short)

    def _gene(self, measure) -> Measured:
        return self._genes([measure.gene], f"expression of {measure.gene}")

    def _ratio(self, measure) -> Measured:
        pair = [measure.numerator, measure.denominator]
        return self._genes(pair, f"log2 ratio {measure.numerator}:{measure.denominator}")

    def _genes(self, human: list[str], method: str) -> Measured:
        genes = [self.expression.gene(name) for name in human]
        lacking = [gene for gene in genes if gene not in self.expression.z.columns]
        found = len(genes) - len(lacking)
        if lacking:
            reason = f"{', '.join(lacking)} not in the matrix, or expressed in too few samples"
            return Measured(method, found, len(genes), reason=reason)
        values = [self.expression.values[gene] for gene in genes]
        score = values[0] if len(values) == 1 else values[0] - values[1]
        return Measured(method, found, len(genes), score)

    def _set(self, measure) -> Measured:
        found, total, reason = self.coverage([measure.set])
        method = f"mean z of {measure.set}"
        if reason:
            return Measured(method, found, total, reason=reason)
        return Measured(method, found, total, self.expression.set_score(self.sets[measure.set]))

    def _difference(self, measure) -> Measured:
        found, total, reason = self.coverage([measure.plus, measure.minus])
        method = f"z of {measure.plus} minus z of {measure.minus}"
        if reason:
            return Measured(method, found, total, reason=reason)
        plus, minus = (
            standardize(self.expression.set_score(self.sets[name]))
            for name in (measure.plus, measure.minus)
        )
        return Measured(method, found, total, plus - minus)

    def _modules(self, measure) -> Measured:
        names = [name for part in measure.parts.values() for name in part]
        found, total, reason = self.coverage(names)
        method = f"mean of module z-scores: {', '.join(names)}"
        if reason:
            return Measured(method, found, total, reason=reason)
        modules = {name: self.expression.set_score(self.sets[name]) for name in names}
        score = pd.DataFrame({name: standardize(values) for name, values in modules.items()})
        raised = pd.Series(True, index=score.index)
        for number, part in enumerate(measure.parts.values()):
            share = np.mean(
                [
                    background_share(
                        self.sets[name], self.expression, self.draws, self.seed + number * 100 + at
                    )
                    for at, name in enumerate(part)
                ],
                axis=0,
            )
            raised &= share > measure.raised_above
        return Measured(method, found, total, score.mean(axis=1), raised=raised)
