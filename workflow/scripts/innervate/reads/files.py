"""Whole FASTQ files read once: are they intact, of how many reads, with which checksum."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from innervate.runtime.errors import Problem, raise_if_any

BLOCK = 1 << 20
"""Bytes read at a time."""
LINES = 4
"""Of a FASTQ record."""


class _Digesting:
    """A file that is read by a decompressor, and digested as it is on disk."""

    def __init__(self, path: str):
        self.handle = open(path, "rb")  # noqa: SIM115 (closed with the object's block)
        self.digest = hashlib.sha256()

    def __enter__(self) -> _Digesting:
        return self

    def __exit__(self, *_: object) -> None:
        self.handle.close()

    def read(self, size: int = -1) -> bytes:
        block = self.handle.read(size)
        self.digest.update(block)
        return block


def count_reads(path: str) -> tuple[int, str]:
    """Count the reads of a FASTQ file, all of which is read.

    Parameters
    ----------
    path
        FASTQ; gzipped where its name ends in ``.gz``.

    Returns
    -------
    tuple
        Reads; SHA-256 of the file as it is on disk.

    Raises
    ------
    ValueError
        Where it is cut short: inside a record, or inside the compressed stream.
    """
    lines, last = 0, b"\n"
    with _Digesting(path) as source:
        stream = gzip.GzipFile(fileobj=source) if path.lower().endswith(".gz") else source
        try:
            while block := stream.read(BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            msg = f"damaged or cut short ({error})"
            raise ValueError(msg) from error
        lines += last != b"\n"
        # A decompressor need not reach the end of what is on disk.
        while source.read(BLOCK):
            pass
    if lines % LINES:
        msg = f"{lines} lines, so that the last read is cut short"
        raise ValueError(msg)
    return lines // LINES, source.digest.hexdigest()


def check_files(files: Sequence[str], sample: str) -> pd.DataFrame:
    """Check the file or the pair of files of a unit.

    fastp stops at the shorter file of a pair, or where a file is cut short, and succeeds.

    Parameters
    ----------
    files
        One path, or two.
    sample
        For messages.

    Returns
    -------
    pandas.DataFrame
        ``file``, ``reads``, ``sha256``, a row a file.

    Raises
    ------
    InputError
        Naming each file that is damaged, and pairs of unequal numbers of reads.
    """
    rows, problems, where = [], [], f"sample {sample}"
    for file in files:
        try:
            rows.append((file, *count_reads(file)))
        except ValueError as error:
            fix = "copy it anew from where it came, and compare checksums"
            problems.append(Problem(file, where, str(error), "a whole FASTQ file", fix))
    if len(rows) == 2 and rows[0][1] != rows[1][1]:
        expected = f"{rows[0][1]}, as in {Path(files[0]).name}"
        problems.append(Problem(files[1], where, f"{rows[1][1]} reads", expected))
    raise_if_any(problems)
    return pd.DataFrame(rows, columns=["file", "reads", "sha256"])
