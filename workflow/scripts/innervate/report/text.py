"""How numbers and names read in the report."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

MISSING, MINUS = "\u2013", "\u2212"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def plain(value: Any, width: int | None = None) -> str:
    """One line of text without control characters, cut to `width` characters where given."""
    text = MISSING if is_missing(value) else _CONTROL.sub(" ", str(value))
    return text if width is None or len(text) <= width else text[: width - 1] + "…"


def is_missing(value: Any) -> bool:
    """Whether a table cell holds no value."""
    return value is None or bool(pd.isna(value))


def count(value: Any) -> str:
    """A whole number with thousands separated."""
    return MISSING if is_missing(value) else f"{round(float(value)):,}"


def number(value: Any, digits: int = 2) -> str:
    """A number with fixed decimals and a true minus sign."""
    if is_missing(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    rounded = f"{float(value):.{digits}f}"
    return rounded.removeprefix("-") if float(rounded) == 0 else rounded.replace("-", MINUS)


def p_value(value: Any) -> str:
    """A p-value or false discovery rate: two significant digits, or a power of ten if tiny."""
    if is_missing(value):
        return MISSING
    if value == 0:
        return "0"
    if value < 0.001:
        return f"{value:.1e}".replace("e-0", "e-").replace("-", MINUS)
    return f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def size(bytes_: int) -> str:
    """A file's size, in the unit that leaves the fewest digits."""
    for unit, bound in (("MB", 1e6), ("kB", 1e3)):
        if bytes_ >= bound:
            return f"{bytes_ / bound:.1f} {unit}"
    return f"{bytes_} B"


def percent(value: Any, digits: int = 0) -> str:
    """A share of 0 to 1 as a percentage."""
    return MISSING if is_missing(value) else f"{100 * value:.{digits}f}%"


def interval(estimate: Any, low: Any, high: Any) -> str:
    """An estimate with its 95% interval in brackets."""
    if is_missing(low) or is_missing(high):
        return number(estimate)
    return f"{number(estimate)} ({number(low)} to {number(high)})"


def counted(amount: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 gene``, ``2 genes``."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def listed(words: Iterable[str]) -> str:
    """Words joined as in a sentence."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def estimate_name(kind: str) -> str:
    """What an estimate of the clinical tables is, in words."""
    names = {
        "spearman_rho": "Spearman correlation",
        "hazard_ratio_per_sd": "hazard ratio per standard deviation",
        "odds_ratio_per_sd": "odds ratio per standard deviation",
        "points_per_sd": "points of pain per standard deviation",
        "points_a_month_per_sd": "points of pain a month per standard deviation",
        "chi2": "chi-squared statistic",
        "cut_in_sd": "cut, in standard deviations from the mean",
    }
    return names.get(kind, plain(kind))


def tally(values: pd.Series) -> str:
    """Counts of a column's values, the most frequent first: ``20 active, 4 uncertain``."""
    counts = values.value_counts()
    order = sorted(counts.index, key=lambda value: (-counts[value], str(value)))
    return ", ".join(f"{counts[value]:,} {plain(value)}" for value in order)
