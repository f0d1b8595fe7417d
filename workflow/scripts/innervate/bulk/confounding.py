"""Which columns of a design hold the same information, so that it can't be estimated."""

from __future__ import annotations

import numpy as np
import pandas as pd

Term = tuple[str, ...]
"""The columns that a term of the formula multiplies; none for the intercept."""


def obstacles(
    metadata: pd.DataFrame, matrix: pd.DataFrame, terms: dict[str, Term]
) -> list[tuple[str, str, str]]:
    """Say why a design can't be estimated.

    Parameters
    ----------
    metadata
        Samples x the columns of the formula.
    matrix
        Samples x coefficients, the intercept among them.
    terms
        The term that each coefficient belongs to.

    Returns
    -------
    list
        What was found, what is expected and what to do, for each column that is the same in all
        samples and each smallest set of columns that are confounded; or that no sample is left
        to judge the noise by. Empty where the design is fine.
    """
    constant = [name for name in metadata if metadata[name].nunique() < 2]
    found = [
        (
            f"{name} is the same in all samples: it has no effect to estimate",
            "columns that vary",
            f"drop {name} from the formula, or another subset",
        )
        for name in constant
    ]
    varying = {name: term for name, term in terms.items() if not set(term) & set(constant)}
    named_before: list[set[str]] = []
    for dependent in dependent_sets(matrix[list(varying)], varying):
        named = list(dict.fromkeys(column for term in dependent for column in term))
        # An interaction of columns that were named already says nothing new.
        if set(named) in named_before:
            continue
        named_before.append(set(named))
        empty = [name for name in varying if varying[name] in dependent and not matrix[name].any()]
        words = f"{' and '.join(named)} are confounded: their effects can't be told apart"
        if empty:
            words = f"no sample has {' or '.join(empty)}; {' and '.join(named)} can't be told apart"
        found.append((words, "columns that vary independently", _way_out(metadata, named)))
    samples, coefficients = matrix.shape
    if not found and samples <= coefficients:
        words = f"{samples} samples for {coefficients} coefficients: no noise can be estimated"
        found.append((words, "more samples", "a formula with fewer columns, or more samples"))
    return found


def dependent_sets(matrix: pd.DataFrame, terms: dict[str, Term]) -> list[list[Term]]:
    """Find the smallest sets of terms of which one is given by the others.

    Parameters
    ----------
    matrix
        Samples x coefficients, the intercept among them.
    terms
        The term that each coefficient belongs to.

    Returns
    -------
    list
        One set after the other, the last term of each being left out before the next is sought.
    """
    norms = np.linalg.norm(matrix, axis=0)
    # Scaled, so that a column in large units does not look as if it held all the rank.
    scaled = matrix / np.where(norms > 0, norms, 1)

    def dependent(chosen: list[Term]) -> bool:
        names = [name for name, term in terms.items() if not term or term in chosen]
        return np.linalg.matrix_rank(scaled[names].to_numpy()) < len(names)

    pool, found = list(dict.fromkeys(term for term in terms.values() if term)), []
    while dependent(pool):
        smallest = pool
        for term in reversed(pool):
            rest = [other for other in smallest if other != term]
            if dependent(rest):
                smallest = rest
        found.append(smallest)
        pool = [term for term in pool if term != smallest[-1]]
    return found


def _way_out(metadata: pd.DataFrame, named: list[str]) -> str:
    others = [name for name in named if name != "patient"]
    if len(others) == 1 and "patient" in named:
        other = others[0]
        if (metadata.groupby("patient", observed=True)[other].nunique() <= 1).all():
            return (
                f"each patient has one {other} only, which patient holds already: to compare "
                f"{other} between patients drop patient, to compare within patients drop {other}"
            )
    return f"drop one of {', '.join(named)} from the formula, or another subset"
