"""Data contracts: macrophage states."""

from __future__ import annotations

from innervate.runtime.contract import PATIENT, SAMPLE, Table, columns

POLARIZATION = Table(
    "polarization",
    "circuit/polarization.tsv",
    "a sample",
    (
        SAMPLE,
        PATIENT,
        *columns("text", True, assay="bulk or single_cell"),
        *columns(
            "number",
            m1="M1-like score, z",
            m2="M2-like score, z",
            polarity="M2 minus M1, adjusted for macrophage content, z",
            spp1_cxcl9="log2 ratio of SPP1 to CXCL9",
            fraction_m2="share of M2-like macrophages (single cell)",
            fraction_m2_low="95 % interval, low",
            fraction_m2_high="95 % interval, high",
        ),
        *columns("integer", n_macrophages="macrophages counted (single cell)"),
        *columns("text", True, call="M1-like, M2-like, mixed, low or not measurable"),
        *columns("text", reason="why there is no call"),
    ),
)

MACROPHAGE_AXES = Table(
    "macrophage_axes",
    "single_cell/macrophage_axes.tsv",
    "an axis of macrophage states",
    (
        *columns("text", True, axis="m1 or m2", set="gene set"),
        *columns(
            "integer",
            genes_found="genes of the set in the matrix",
            genes_total="genes of the set",
            states="distinct states found, 1 or 2",
        ),
        *columns(
            "number",
            separation="distance of the two states in standard deviations",
            excess="of the criterion over one state",
        ),
        *columns("text", note="limits"),
    ),
)
