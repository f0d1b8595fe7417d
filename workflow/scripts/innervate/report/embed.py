"""Tables inside the page: columns of numbers and text, packed for the page's script to unpack."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from innervate.report.text import plain

MANTISSA_BITS = 16
"""Of 52 bits that are kept of a number: five significant digits, which compress far better."""
EXACT_ROWS = 2_000
"""Rows up to which numbers are embedded whole, as little is saved."""
EXACT_BELOW = 2.0**53


def packed(data: bytes) -> str:
    """Bytes as gzip in base64, the same for the same bytes."""
    return base64.b64encode(gzip.compress(data, compresslevel=9, mtime=0)).decode("ascii")


def script_json(value: Any) -> Markup:
    """JSON that may stand inside a script element: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def columns_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Pack a frame column by column.

    Numbers are doubles whose bytes are regrouped by significance (as Blosc's shuffle does), so
    that gzip finds what they share; text is one line a row.

    Parameters
    ----------
    frame
        Columns of numbers, truth values or text.

    Returns
    -------
    dict
        ``rows``, ``columns`` (name and type of each, in order) and ``gzip``, JSON-able; read by
        ``templates/tables.js``.
    """
    parts, columns = [], []
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            part, kind = _shuffled(values.to_numpy(dtype=float, na_value=np.nan)), "number"
        else:
            part, kind = "\n".join(map(_line, values)).encode(), "text"
        parts.append(part)
        columns.append({"name": str(name), "type": kind, "bytes": len(part)})
    return {"rows": len(frame), "columns": columns, "gzip": packed(b"".join(parts))}


def _line(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else plain(value)


def _shuffled(values: np.ndarray) -> bytes:
    bits = np.ascontiguousarray(values, dtype="<f8").view("<u8")
    whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < EXACT_BELOW)
    dropped = np.uint64(52 - MANTISSA_BITS)
    half = np.uint64(1) << (dropped - np.uint64(1))
    rounded = ((bits + half) >> dropped) << dropped
    exact = whole | ~np.isfinite(values) | (len(values) <= EXACT_ROWS)
    kept = np.where(exact, bits, rounded).astype("<u8")
    return kept.view(np.uint8).reshape(-1, 8).T.tobytes()


def references(value: Any) -> set[tuple[str, str]]:
    """Columns of embedded tables (table, column) that a plot refers to, however deep."""
    if isinstance(value, Mapping):
        if "$table" in value:
            return {(value["$table"], value["$column"])}
        return set().union(*map(references, value.values()))
    if isinstance(value, list | tuple):
        return set().union(*map(references, value))
    return set()
