"""Quality control as MultiQC's custom content: a table with its settings in comments."""

from __future__ import annotations

import html
from typing import Any, NamedTuple

import pandas as pd
import yaml

from innervate.report.text import plain


class Section(NamedTuple):
    """A table of MultiQC: its title, what it shows, and its columns with their settings."""

    title: str
    description: str
    columns: dict[str, dict[str, Any]]


_COUNT = {"format": "{:,.0f}", "min": 0}
_SHARE = {"format": "{:,.1f}", "suffix": "%", "min": 0, "max": 100}
SECTIONS = {
    "bulk": Section(
        "Innervate: bulk samples",
        "Quality control of the bulk samples. A sample is kept unless a flag drops it.",
        {
            "n_counts": {"title": "Counts", "description": "library size", **_COUNT},
            "n_genes": {"title": "Genes", "description": "genes with a count", **_COUNT},
            "mito_fraction": {"title": "Mitochondrial", **_SHARE},
            "ribo_fraction": {"title": "Ribosomal", **_SHARE},
            "flags": {"title": "Flags", "description": "what was found"},
            "keep": {"title": "Kept", "description": "whether later stages use the sample"},
        },
    ),
    "single_cell": Section(
        "Innervate: single-cell samples",
        "Quality control of the single-cell samples.",
        {
            "n_cells": {"title": "Cells", "description": "cells of the input", **_COUNT},
            "n_kept": {"title": "Kept cells", **_COUNT},
            "n_doublet": {"title": "Doublets", "description": "cells called so", **_COUNT},
            "median_n_counts": {"title": "Counts", "description": "median of a cell", **_COUNT},
            "median_n_genes": {"title": "Genes", "description": "median of a cell", **_COUNT},
            "median_mito_fraction": {"title": "Mitochondrial", **_SHARE},
            "ambient_fraction": {"title": "Ambient RNA", **_SHARE},
        },
    ),
}
"""By assay."""


def custom_content(qc: pd.DataFrame, assay: str, cohort: str) -> str:
    """A file that MultiQC takes up by its name, ``*_mqc.tsv``.

    Parameters
    ----------
    qc
        Contract ``bulk_qc`` or ``cell_qc``.
    assay
        A key of `SECTIONS`.
    cohort
        Name of the cohort, so that those of several cohorts stand beside each other.

    Returns
    -------
    str
        Comments in YAML, then tab-separated values. Names are escaped, as MultiQC shows them as
        they are; fractions become percentages.
    """
    title, description, settings = SECTIONS[assay]
    names = [name for name in settings if name in qc]
    header = {
        "id": f"innervate_{cohort}_{assay}",
        "section_name": f"{title}, {cohort}",
        "description": description,
        "plot_type": "table",
        "pconfig": {"id": f"innervate_{cohort}_{assay}_table", "title": title},
        "headers": {name: settings[name] for name in names},
    }
    comments = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=10_000)
    shown = qc[["sample", *names]].copy()
    for name in names:
        if settings[name].get("suffix") == "%":
            shown[name] = 100 * shown[name].astype(float)
        elif name == "flags":
            shown[name] = shown[name].fillna("").map(_escaped)
    shown["sample"] = shown["sample"].map(_escaped)
    shown = shown.rename(columns={"sample": "Sample"})
    table = shown.to_csv(None, sep="\t", index=False, float_format="%.6g", lineterminator="\n")
    return "".join(f"# {line}\n" for line in comments.splitlines()) + table


def _escaped(text: object) -> str:
    return html.escape(plain(text)).replace('"', "&quot;")
