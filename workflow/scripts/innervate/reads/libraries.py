"""What became of each library's reads: quality, trimming, mapping, and its strandedness."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

STRANDED = 0.8
"""Share of fragments of one strand from which on a library is stranded."""
EVEN = 0.1
"""How far from a half the share may be in an unstranded library."""
MIN_FRAGMENTS = 200
"""Fewer mapped fragments do not show the strandedness."""
FORWARD = ("ISF", "MSF", "OSF", "SF")
REVERSE = ("ISR", "MSR", "OSR", "SR")
LOW_MAPPING = 0.3
"""Share of mapped reads below which a library is flagged."""


@dataclass(frozen=True)
class LibraryFiles:
    """The reports of the tools on a library.

    Parameters
    ----------
    sample, replicate, assay, layout
        Of the library; layout is ``paired`` or ``single``.
    declared
        Strandedness as declared; empty of single cells.
    fastp
        JSON of each lane.
    counted
        salmon's ``aux_info/meta_info.json``, or kallisto's ``run_info.json``.
    """

    sample: str
    replicate: str
    assay: str
    layout: str
    declared: str
    fastp: Sequence[str]
    counted: str


def infer_strandedness(formats: Mapping[str, Any]) -> tuple[str, float, int]:
    """Infer a library's strandedness from the strands its fragments map to.

    salmon's own call needs tens of thousands of fragments, and says unstranded below; so the
    counts are used that it makes of every mapped fragment.

    Parameters
    ----------
    formats
        salmon's ``lib_format_counts.json``.

    Returns
    -------
    tuple
        ``forward``, ``reverse``, ``unstranded``, or ``unclear``; share of fragments of which the
        first read is in the sense of the transcript; fragments.
    """
    forward = sum(int(formats.get(name, 0)) for name in FORWARD)
    total = forward + sum(int(formats.get(name, 0)) for name in REVERSE)
    share = forward / total if total else float("nan")
    if total < MIN_FRAGMENTS:
        return "unclear", share, total
    if share >= STRANDED:
        return "forward", share, total
    if share <= 1 - STRANDED:
        return "reverse", share, total
    return ("unstranded" if abs(share - 0.5) <= EVEN else "unclear"), share, total


def library_table(libraries: Sequence[LibraryFiles]) -> pd.DataFrame:
    """Describe each library.

    Parameters
    ----------
    libraries
        Their reports.

    Returns
    -------
    pandas.DataFrame
        Contract ``libraries``.
    """
    return pd.DataFrame([_row(library) for library in libraries])


def _row(library: LibraryFiles) -> dict[str, Any]:
    reports = [_json(path) for path in library.fastp]
    row = {
        "sample": library.sample,
        "replicate": library.replicate,
        "assay": library.assay,
        "layout": library.layout,
        "lanes": len(reports),
        **_quality(reports, 2 if library.layout == "paired" else 1),
        "declared_strandedness": library.declared,
    }
    tools = [f"fastp {reports[0]['summary']['fastp_version']}"]
    meta = _json(library.counted)
    if library.assay == "bulk":
        formats = Path(library.counted).parents[1] / "lib_format_counts.json"
        inferred, share, _ = infer_strandedness(_json(formats))
        row |= {
            "fragments_mapped": int(meta["num_mapped"]),
            "fraction_mapped": meta["num_mapped"] / max(meta["num_processed"], 1),
            "fraction_decoy": meta.get("num_decoy_fragments", 0) / max(meta["num_processed"], 1),
            "inferred_strandedness": inferred,
            "forward_fraction": share,
        }
        tools.append(f"salmon {meta['salmon_version']}")
    else:
        row |= {
            "fragments_mapped": int(meta["n_pseudoaligned"]),
            "fraction_mapped": meta["n_pseudoaligned"] / max(meta["n_processed"], 1),
            "fraction_decoy": float("nan"),
            "inferred_strandedness": "",
            "forward_fraction": float("nan"),
        }
        tools.append(f"kallisto {meta['kallisto_version']}")
    return row | {"flags": ";".join(_flags(row)), "tools": ";".join(tools)}


def _quality(reports: Sequence[Mapping[str, Any]], ends: int) -> dict[str, Any]:
    """Sums and means over the lanes, the means weighted by what they are means of."""
    before = [report["summary"]["before_filtering"] for report in reports]
    after = [report["summary"]["after_filtering"] for report in reports]
    reads = sum(part["total_reads"] for part in before)
    bases = max(sum(part["total_bases"] for part in before), 1)
    duplicated = sum(
        report["duplication"]["rate"] * part["total_reads"]
        for report, part in zip(reports, before, strict=True)
    )
    trimmed = sum(
        report.get("adapter_cutting", {}).get("adapter_trimmed_reads", 0) for report in reports
    )
    return {
        "fragments": reads // ends,
        "fragments_kept": sum(part["total_reads"] for part in after) // ends,
        "mean_length": bases / max(reads, 1),
        "fraction_q30": sum(part["q30_bases"] for part in before) / bases,
        "fraction_gc": sum(part["gc_content"] * part["total_bases"] for part in before) / bases,
        "fraction_adapter": trimmed / max(reads, 1),
        "fraction_duplicated": duplicated / max(reads, 1),
    }


def _flags(row: Mapping[str, Any]) -> list[str]:
    flags = []
    declared, inferred = row["declared_strandedness"], row["inferred_strandedness"]
    if row["assay"] == "bulk" and declared != "auto" and declared != inferred:
        share = f"{row['forward_fraction']:.0%} of fragments are forward"
        flags.append(f"declared {declared}, but is {inferred}: {share}")
    if row["fraction_mapped"] < LOW_MAPPING:
        flags.append(f"only {row['fraction_mapped']:.0%} of fragments map")
    return flags


def _json(path: str | Path) -> dict[str, Any]:
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)
