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
        plan = self.plan(measure)
        if plan.reason:
            return plan
        takers = {
            "gene": self._gene,
            "set": self._set,
            "modules": self._modules,
            "ratio": self._ratio,
            "difference": self._difference,
        }
        return takers[measure.kind](measure, plan)

    def plan(self, measure: Measure) -> Measured:
        """What a measure rests on, or why it can't be taken; nothing is computed."""
        if measure.kind == "gene":
            found = self._presence([measure.gene])
            method = f"expression of {measure.gene}"
        elif measure.kind == "ratio":
            found = self._presence([measure.numerator, measure.denominator])
            method = f"log2 ratio {measure.numerator}:{measure.denominator}"
        elif measure.kind == "set":
            found = self.coverage([measure.set])
            method = f"mean z of {measure.set}"
        elif measure.kind == "difference":
            found = self.coverage([measure.plus, measure.minus])
            method = f"z of {measure.plus} minus z of {measure.minus}"
        else:
            names = _module_sets(measure)
            found = self.coverage(names)
            method = f"mean of module z-scores: {', '.join(names)}"
        have, want, reason = found
        return Measured(method, have, want, reason=reason, measure=measure)

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

    def _presence(self, human: list[str]) -> tuple[int, int, str]:
        genes = [self.expression.gene(name) for name in human]
        lacking = [gene for gene in genes if gene not in self.expression.z.columns]
        reason = f"{', '.join(lacking)} not in the matrix, or expressed in too few samples"
        return len(genes) - len(lacking), len(genes), reason if lacking else ""

    def _gene(self, measure, plan: Measured) -> Measured:
        return replace(plan, score=self.expression.values[self.expression.gene(measure.gene)])

    def _ratio(self, measure, plan: Measured) -> Measured:
        above, below = (
            self.expression.values[self.expression.gene(name)]
            for name in (measure.numerator, measure.denominator)
        )
        return replace(plan, score=above - below)

    def _set(self, measure, plan: Measured) -> Measured:
        return replace(plan, score=self.expression.set_score(self.sets[measure.set]))

    def _difference(self, measure, plan: Measured) -> Measured:
        plus, minus = (
            standardize(self.expression.set_score(self.sets[name]))
            for name in (measure.plus, measure.minus)
        )
        return replace(plan, score=plus - minus)

    def _modules(self, measure, plan: Measured) -> Measured:
        modules = {
            name: self.expression.set_score(self.sets[name]) for name in _module_sets(measure)
        }
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
        return replace(plan, score=score.mean(axis=1), raised=raised)


def _module_sets(measure) -> list[str]:
    return [name for part in measure.parts.values() for name in part]
