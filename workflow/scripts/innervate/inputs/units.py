"""Recognizing what the numbers of a matrix are, whatever they are declared to be."""

from __future__ import annotations

import numpy as np

LARGEST_LOG = 30.0
"""No log2 expression reaches it; the counts of any library do."""
PER_MILLION = 1e6


def looks_like(values: np.ndarray) -> str:
    """Say what the numbers of a matrix look like.

    Parameters
    ----------
    values
        Genes x samples.

    Returns
    -------
    str
        ``counts`` (whole and not negative), ``log2_expression`` (negative, or fractions none of
        which is large), ``tpm`` (each sample sums to a million), else ``fractions``.
    """
    if values.size == 0:
        return "counts"
    if values.min() < 0:
        return "log2_expression"
    if np.abs(values - np.rint(values)).max() < 1e-6:
        return "counts"
    if values.max() < LARGEST_LOG:
        return "log2_expression"
    sums = values.sum(axis=0)
    if np.all(np.abs(sums / PER_MILLION - 1) < 0.1):
        return "tpm"
    return "fractions"


ADVICE = {
    "log2_expression": "logarithms (negative, or no value over 30): declare `unit: log2_tpm` or "
    "`unit: log2_expression`",
    "tpm": "TPM or CPM (each sample sums to about a million): declare `unit: tpm` or `unit: cpm`",
    "fractions": "numbers with fractions: give raw counts, or declare what they are "
    "(`unit: tpm`, `fpkm`, `cpm`); salmon's estimates are read with `format: salmon`",
}
