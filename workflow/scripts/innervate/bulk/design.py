"""From a declared contrast to a design matrix in which the question is one coefficient."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.bulk import confounding
from innervate.config.contrast import TERM, Contrast
from innervate.runtime.errors import InputError, Problem

MIN_PER_GROUP = 2
STAGE = "differential expression"


@dataclass(frozen=True)
class Design:
    """A design of full rank.

    Parameters
    ----------
    metadata
        The samples used, by their names, and the columns of the formula.
    matrix
        Samples x coefficients, named as a biologist reads them (``tissue[tumor]``).
    coefficient
        The tested one.
    fitted
        What is fitted in its place: continuous columns are centered and divided by their standard
        deviation, so that neither their unit nor their origin matters to the fit.
    weights
        The tested coefficient of `matrix` as a sum of those of `fitted`, one weight each.
    exclusions
        Contract ``exclusions``: samples left out, and patients whose samples stay in the model
        but say nothing on the question.
    smallest_group
        Samples of the smallest group compared.
    """

    metadata: pd.DataFrame
    matrix: pd.DataFrame
    coefficient: str
    fitted: pd.DataFrame
    weights: np.ndarray
    exclusions: pd.DataFrame
    smallest_group: int


def build_design(samples: pd.DataFrame, contrast: Contrast) -> Design:
    """Build the design matrix of a contrast, or say why it can't answer the question.

    Treatment coding: each category's reference level (the denominator, for the tested
    variable) is in the intercept, so that the tested effect is one coefficient.

    Parameters
    ----------
    samples
        One row a sample, indexed by sample, with the columns that the formula names.
    contrast
        The question; the formula's terms are column names and are never evaluated.

    Returns
    -------
    Design
        Of full rank, with residual degrees of freedom.

    Raises
    ------
    InputError
        Naming unknown columns and levels, groups of fewer than two samples, columns that are
        confounded, or that there are more coefficients than samples can tell apart.
    """
    _refuse(_unknown(samples, contrast))
    metadata, exclusions = _select(samples, contrast)
    metadata = _typed(metadata, contrast)
    _refuse(_bad_levels(metadata, contrast))
    matrix, _ = _matrix(metadata, contrast)
    scales = _scales(metadata, contrast)
    fitted, parts = _matrix(_standardized(metadata, scales), contrast)
    terms = {name: tuple(columns) for name, columns in parts.items()}
    coefficient = _tested(contrast)
    sizes = _group_sizes(metadata, contrast)
    _refuse(_too_small(sizes, contrast))
    obstacles = confounding.obstacles(metadata, fitted, terms)
    _refuse([_problem(contrast, f"formula {contrast.formula}", *words) for words in obstacles])
    if coefficient not in matrix:
        _refuse(
            [_problem(contrast, coefficient, "no samples to estimate it from", "samples of it")]
        )
    return Design(
        metadata=metadata,
        matrix=matrix,
        coefficient=coefficient,
        fitted=fitted,
        weights=_weights(parts, coefficient, scales),
        exclusions=pd.concat([exclusions, _unpaired(metadata, contrast)], ignore_index=True),
        smallest_group=min(sizes.values(), default=len(metadata)),
    )


def terms_of(formula: str) -> list[tuple[str, ...]]:
    """Split a formula into terms: `~ a * b` is a, b and their interaction (a, b)."""
    found: list[tuple[str, ...]] = []
    for part in formula.strip().lstrip("~").split("+"):
        product: list[tuple[str, ...]] = [()]
        for factor in part.split("*"):
            columns = tuple(re.findall(TERM, factor))
            product += [tuple(dict.fromkeys((*before, *columns))) for before in product]
        found += [term for term in product if term]
    # Main effects first, as in R, so that an interaction is what is left beside them.
    return sorted(dict.fromkeys(found), key=len)


def _problem(contrast: Contrast, where: str, found: str, expected: str, fix: str = "") -> Problem:
    name = contrast.title or contrast.formula
    return Problem(f"contrast {name!r}", where, found, expected, fix)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)


def _unknown(samples: pd.DataFrame, contrast: Contrast) -> list[Problem]:
    terms = terms_of(contrast.formula)
    lone = {column for term in terms for column in term if (column,) not in terms}
    if lone:
        found = f"an interaction of {' and '.join(sorted(lone))}, which does not stand alone too"
        fix = f"add {' + '.join(sorted(lone))} to the formula, or write * for :"
        return [_problem(contrast, f"formula {contrast.formula}", found, "main effects", fix)]
    needed = dict.fromkeys([*contrast.terms, *contrast.subset])
    known = ", ".join(map(str, samples.columns))
    fix = "carry it along with samples.keep or samples.from_clinical in the cohort file"
    return [
        _problem(contrast, f"column {column}", "not in the sample table", f"one of {known}", fix)
        for column in needed
        if column not in samples.columns
    ]


def _select(samples: pd.DataFrame, contrast: Contrast) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Samples of the subset, without missing values."""
    chosen = pd.Series(True, index=samples.index)
    for column, levels in contrast.subset.items():
        chosen &= samples[column].astype(str).isin(levels)
    if not chosen.any():
        shown = "; ".join(f"{column}: {', '.join(v)}" for column, v in contrast.subset.items())
        _refuse([_problem(contrast, "subset", f"no sample with {shown}", "samples")])
    metadata = samples.loc[chosen, contrast.terms]
    blank = metadata.isna() | metadata.astype(str).isin(["", "nan", "NA", "<NA>"])
    rows = [
        ("sample", str(sample), STAGE, f"no value of {', '.join(columns)}")
        for sample, missing in blank.iterrows()
        if (columns := list(metadata.columns[missing]))
    ]
    exclusions = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"], dtype=str)
    return metadata[~blank.any(axis=1)], exclusions


def _typed(metadata: pd.DataFrame, contrast: Contrast) -> pd.DataFrame:
    """Numbers for continuous columns, ordered categories with the reference first."""
    references = dict(contrast.reference)
    if contrast.variable and contrast.denominator is not None:
        references[contrast.variable] = contrast.denominator
    typed, problems = {}, []
    for column in metadata.columns:
        if column in contrast.continuous:
            numbers = pd.to_numeric(metadata[column], errors="coerce")
            if not np.isfinite(numbers).all():
                wrong = str(metadata.loc[~np.isfinite(numbers), column].iloc[0])
                problems.append(_problem(contrast, f"column {column}", wrong, "a number"))
            typed[column] = numbers.astype(float)
            continue
        text = metadata[column].astype(str)
        levels = sorted(text.unique())
        reference = references.get(column, levels[0] if levels else "")
        if reference in levels:
            levels.insert(0, levels.pop(levels.index(reference)))
        elif column in references:
            expected = f"one of {', '.join(levels)}"
            problems.append(_problem(contrast, f"reference of {column}", reference, expected))
        typed[column] = pd.Categorical(text, categories=levels)
    _refuse(problems)
    return pd.DataFrame(typed, index=metadata.index)


def _asked_levels(contrast: Contrast) -> dict[str, str]:
    """Each categorical column of the question, with the level asked for."""
    if contrast.interaction is not None:
        asked = contrast.interaction
        return {
            column: level for column, level in asked.items() if column not in contrast.continuous
        }
    return {contrast.variable: contrast.numerator} if contrast.numerator is not None else {}


def _bad_levels(metadata: pd.DataFrame, contrast: Contrast) -> list[Problem]:
    problems = []
    for column, level in _asked_levels(contrast).items():
        levels = list(metadata[column].cat.categories)
        if level not in levels:
            expected = f"one of {', '.join(levels)}"
            problems.append(_problem(contrast, f"level of {column}", str(level), expected))
        elif level == levels[0]:
            fix = f"set reference: {{{column}: another level}}"
            problems.append(
                _problem(contrast, f"level of {column}", f"{level}, the reference", "another", fix)
            )
    if contrast.interaction is not None:
        wanted = set(contrast.interaction)
        if wanted not in [set(term) for term in terms_of(contrast.formula)]:
            term = ":".join(contrast.interaction)
            problems.append(_problem(contrast, "formula", contrast.formula, f"the term {term}"))
    return problems


def _columns_of(metadata: pd.DataFrame, column: str) -> dict[str, np.ndarray]:
    values = metadata[column]
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return {column: values.to_numpy(float)}
    levels = values.cat.categories[1:]
    return {f"{column}[{level}]": (values == level).to_numpy(float) for level in levels}


def _matrix(
    metadata: pd.DataFrame, contrast: Contrast
) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
    """The design matrix, and what each coefficient is a product of: {column: level or number}."""
    matrix: dict[str, np.ndarray] = {"Intercept": np.ones(len(metadata))}
    made: dict[str, dict[str, str]] = {"Intercept": {}}
    for term in terms_of(contrast.formula):
        products: list[tuple[dict[str, str], np.ndarray]] = [({}, np.ones(len(metadata)))]
        for column in term:
            products = [
                (before | {column: name}, left * right)
                for before, left in products
                for name, right in _columns_of(metadata, column).items()
            ]
        for parts, values in products:
            matrix[":".join(parts.values())], made[":".join(parts.values())] = values, parts
    return pd.DataFrame(matrix, index=metadata.index), made


def _scales(metadata: pd.DataFrame, contrast: Contrast) -> dict[str, tuple[float, float]]:
    """Center and standard deviation of each continuous column."""
    terms, scales = {frozenset(term) for term in terms_of(contrast.formula)}, {}
    for column in metadata.columns.intersection(contrast.continuous, sort=False):
        numbers = metadata[column].to_numpy(float)
        # Centering moves part of an interaction into the terms it is made of. Where one of these
        # does not stand in the formula, centering would ask another question.
        whole = all(term - {column} in terms | {frozenset()} for term in terms if column in term)
        center = numbers.mean() if whole else 0.0
        spread = np.sqrt(((numbers - center) ** 2).mean())
        scales[column] = (float(center), float(spread) or 1.0)
    return scales


def _standardized(metadata: pd.DataFrame, scales: dict[str, tuple[float, float]]) -> pd.DataFrame:
    return metadata.assign(
        **{column: (metadata[column] - center) / spread
           for column, (center, spread) in scales.items()}
    )  # fmt: skip


def _weights(
    parts: dict[str, dict[str, str]], tested: str, scales: dict[str, tuple[float, float]]
) -> np.ndarray:
    """What a coefficient of the columns as given is, in those of the standardized columns.

    A product of (x - center) / spread holds, multiplied out, the tested product and a constant
    for each further x in it.
    """
    weights = []
    for mine in parts.values():
        further = mine.keys() - parts[tested].keys()
        if not (parts[tested].items() <= mine.items() and further <= scales.keys()):
            weights.append(0.0)
            continue
        factors = [1 / scales[column][1] for column in mine if column in scales]
        weights.append(math.prod([*factors, *(-scales[column][0] for column in further)]))
    return np.array(weights)


def _tested(contrast: Contrast) -> str:
    def name(column: str, level: str | None) -> str:
        return column if column in contrast.continuous else f"{column}[{level}]"

    if contrast.interaction is None:
        return name(contrast.variable, contrast.numerator)
    term = next(t for t in terms_of(contrast.formula) if set(t) == set(contrast.interaction))
    return ":".join(name(column, contrast.interaction[column]) for column in term)


def _group_sizes(metadata: pd.DataFrame, contrast: Contrast) -> dict[str, int]:
    """Samples of each group that the question compares."""
    asked = _asked_levels(contrast)
    sizes = {}
    for combination in range(2 ** len(asked) if asked else 0):
        chosen, words = np.ones(len(metadata), dtype=bool), []
        for position, (column, level) in enumerate(asked.items()):
            reference = metadata[column].cat.categories[0]
            wanted = level if combination >> position & 1 else reference
            chosen &= (metadata[column] == wanted).to_numpy()
            words.append(f"{column} {wanted}")
        sizes[", ".join(words)] = int(chosen.sum())
    return sizes


def _too_small(sizes: dict[str, int], contrast: Contrast) -> list[Problem]:
    return [
        _problem(contrast, group, f"{size} sample{'s' if size != 1 else ''}", "at least two")
        for group, size in sizes.items()
        if size < MIN_PER_GROUP
    ]


def _unpaired(metadata: pd.DataFrame, contrast: Contrast) -> pd.DataFrame:
    """Patients of a paired design who have no pair."""
    rows, variable = [], contrast.variable
    if "patient" in contrast.terms and variable and variable not in contrast.continuous:
        levels = metadata.groupby("patient", observed=True)[variable].nunique()
        reason = (
            f"has samples of one {variable} only: stays in the model, but says nothing about the "
            "difference"
        )
        rows = [
            ("patient", str(patient), STAGE, reason) for patient in sorted(levels.index[levels < 2])
        ]
    return pd.DataFrame(rows, columns=["level", "id", "stage", "reason"], dtype=str)
