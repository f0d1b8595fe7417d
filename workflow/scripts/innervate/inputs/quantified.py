"""Bulk samples that the workflow itself counted from reads, their technical replicates summed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from innervate.inputs.readers import RawMatrix, read_salmon

PER_MILLION = 1e6


@dataclass(frozen=True)
class Quantified:
    """What salmon counted.

    Parameters
    ----------
    libraries
        By sample, the ``quant.sf`` of each of its libraries.
    transcripts
        Table of transcript and gene id.
    """

    libraries: Mapping[str, Sequence[str]]
    transcripts: str


def sum_libraries(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Sum technical replicates, transcript by transcript.

    Parameters
    ----------
    paths
        ``quant.sf`` of each library of a sample.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``quant.sf``: reads are the sum, effective lengths the mean weighted by the
        libraries' reads, TPM what follows from both.

    Raises
    ------
    ValueError
        Where the libraries were counted against different transcripts.
    """
    tables = [pd.read_csv(path, sep="\t", dtype={"Name": str}) for path in paths]
    first = tables[0]
    if any(not table["Name"].equals(first["Name"]) for table in tables[1:]):
        msg = f"{paths[0]} and its replicates hold different transcripts"
        raise ValueError(msg)
    reads = np.column_stack([table["NumReads"] for table in tables])
    lengths = np.column_stack([table["EffectiveLength"] for table in tables])
    sizes = reads.sum(axis=0)
    weights = sizes / sizes.sum() if sizes.sum() > 0 else np.full(len(tables), 1 / len(tables))
    total, length = reads.sum(axis=1), lengths @ weights
    rate = np.divide(total, length, out=np.zeros_like(length), where=length > 0)
    tpm = rate / max(rate.sum(), np.finfo(float).tiny) * PER_MILLION
    return first[["Name", "Length"]].assign(EffectiveLength=length, TPM=tpm, NumReads=total)


def read_quantified(quantified: Quantified) -> RawMatrix:
    """Sum replicates, and transcripts by gene."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for at, (sample, libraries) in enumerate(quantified.libraries.items()):
            paths[sample] = Path(libraries[0])
            if len(libraries) > 1:
                paths[sample] = Path(folder) / f"{at}.quant.sf"
                sum_libraries(libraries).to_csv(paths[sample], sep="\t", index=False)
        return read_salmon(paths, quantified.transcripts)
