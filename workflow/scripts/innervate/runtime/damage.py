"""Whether a file is whole: compressed data, HDF5, Parquet, workbooks and tables cut short."""

from __future__ import annotations

import codecs
import gzip
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from innervate.runtime.errors import Problem

BLOCK = 1 << 20
"""Bytes that are read at a time."""

LARGE_BLOCK = 1 << 26
"""Bytes of a dataset that are read at a time."""

TAIL = 16
"""Bytes at the end of text that a quick look reads."""

CHEAP = 1 << 26
"""Bytes that are read of all files together by a check before anything computes."""

UNREADABLE = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, UnicodeDecodeError)
"""What is raised while a file is read whose bytes are not what they should be."""

READING = "while reading "
"""How a note begins that names the file in which an error was raised."""

WORDS = (".tsv", ".csv", ".txt", ".tab", ".json", ".yaml", ".gmt", ".sf")
"""Endings of text."""
HDF5 = (".h5ad", ".h5", ".hdf5", ".loom")


def damage(path: str | Path, thorough: bool = True) -> str:
    """Say what is wrong with a file that is not whole.

    Parameters
    ----------
    path
        A file; its name's ending says what it should hold. Of other endings, of folders and of
        files that are not there nothing is said.
    thorough
        Whether the numbers of an HDF5 or Parquet file are read too, and not its structure alone,
        and whether text is held to UTF-8.

    Returns
    -------
    str
        Empty where nothing is wrong.
    """
    path = Path(path)
    look = _LOOKS.get(path.suffix.lower())
    if look is None or not path.is_file():
        return ""
    # Text may be empty, as of a list of nothing; whoever reads it says what it lacks.
    if not path.stat().st_size:
        return "" if look is _text else "an empty file"
    try:
        return look(path, thorough)
    except MemoryError:
        return ""
    except gzip.BadGzipFile as error:
        plain = "no gzip data, though its name says so: rename it where it is plain text"
        return plain if "Not a gzipped file" in str(error) else f"damaged ({error})"
    except EOFError:
        return "cut short: its compressed data end too early"
    except UnicodeDecodeError:
        return "no UTF-8 text: save it as UTF-8"
    except (*UNREADABLE, OSError, ValueError, RuntimeError, KeyError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            # Of the system (no permission, a lock, the disk), and not of the file's bytes.
            return ""
        return f"not readable ({' '.join(str(error).split())[:150] or type(error).__name__})"


def damaged(paths: Iterable[str | Path], thorough: bool = True) -> dict[str, str]:
    """Files that are not whole, each with what is wrong (see `damage`)."""
    found = {str(path): damage(path, thorough) for path in dict.fromkeys(map(str, paths))}
    return {path: what for path, what in found.items() if what}


def damage_problems(paths: Iterable[str | Path]) -> list[Problem]:
    """Input files that are not whole, as far as a check of seconds can see.

    Compressed data must be read to their end to see that they have one, so that the smallest
    files are looked at first, up to `CHEAP` bytes of all; the job that reads a larger one says so.

    Parameters
    ----------
    paths
        Of the input.
    """
    sizes = {
        str(path): Path(path).stat().st_size
        for path in dict.fromkeys(map(str, paths))
        if Path(path).is_file()
    }
    chosen, total = [], 0
    for path, size in sorted(sizes.items(), key=lambda item: (item[1], item[0])):
        only_opened = path.lower().endswith((*HDF5, *WORDS, ".parquet"))
        total += 0 if only_opened else size
        if only_opened or total <= CHEAP:
            chosen.append(path)
    found = damaged(chosen, thorough=False)
    fix = "copy or download it again, and compare its size or checksum with the source's"
    return [Problem(path, "", found[path], "a whole file", fix) for path in sizes if path in found]


def _gzip(path: Path, thorough: bool) -> str:
    with gzip.open(path, "rb") as handle:
        return _stream(handle, thorough and path.with_suffix("").suffix.lower() in WORDS)


def _text(path: Path, thorough: bool) -> str:
    with path.open("rb") as handle:
        if thorough:
            return _stream(handle, utf8=True)
        # A file that was not written to its end holds zero bytes there.
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(size - TAIL, 0))
        zeros = handle.read().endswith(b"\0")
    return "zero bytes stand where text should be" if zeros else ""


def _stream(handle: BinaryIO, utf8: bool) -> str:
    """Read to the end; zero bytes are what a file system leaves of text that it did not write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    zeros = False
    while block := handle.read(BLOCK):
        zeros = zeros or b"\0" in block
        if utf8:
            decoder.decode(block)
    return "zero bytes stand where text should be" if zeros and utf8 else ""


def _hdf5(path: Path, thorough: bool) -> str:
    import h5py

    with h5py.File(path, "r") as file:
        if thorough:
            file.visititems(_read_all)
    return ""


def _read_all(name: str, item: object) -> None:
    import h5py

    del name
    if not isinstance(item, h5py.Dataset) or item.shape is None:
        return
    if not item.shape:
        item[()]
        return
    rows = max(1, LARGE_BLOCK * item.shape[0] // max(item.nbytes, 1))
    for start in range(0, item.shape[0], rows):
        item[start : start + rows]


def _parquet(path: Path, thorough: bool) -> str:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups if thorough else 0):
            file.read_row_group(group)
    return ""


def _zip(path: Path, thorough: bool) -> str:
    del thorough
    with zipfile.ZipFile(path) as file:
        broken = file.testzip()
    return f"its part {broken} is damaged" if broken else ""


_LOOKS: dict[str, Callable[[Path, bool], str]] = {
    **dict.fromkeys((".gz", ".bgz"), _gzip),
    **dict.fromkeys(HDF5, _hdf5),
    ".parquet": _parquet,
    **dict.fromkeys((".xlsx", ".npz"), _zip),
    **dict.fromkeys(WORDS, _text),
}
