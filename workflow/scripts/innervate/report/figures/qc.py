"""Quality control: each metric of each sample, against its threshold."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from innervate.report.figures.style import (
    BLACK,
    DENSE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    jitter,
    label,
    palette,
    styled,
)
from innervate.report.text import counted


class Metric(NamedTuple):
    """A column of the QC table, how it is called, and the setting that bounds it."""

    column: str
    title: str
    setting: str
    log: bool = False


METRICS = (
    Metric("n_counts", "Library size (million, log scale)", "min_counts", log=True),
    Metric("n_genes", "Genes detected", "min_genes"),
    Metric("mito_fraction", "Mitochondrial share", "max_mito_fraction"),
    Metric("ribo_fraction", "Ribosomal-protein share", "max_ribo_fraction"),
    Metric("hemoglobin_fraction", "Hemoglobin share", "max_hemoglobin_fraction"),
    Metric("top_genes_fraction", "Share of 50 top genes", "max_top_genes_fraction"),
    Metric("median_correlation", "Correlation with its tissue", "min_correlation"),
    Metric("pca_distance_z", "Distance (robust z)", "robust_z"),
    Metric("epithelial_in_tdln", "Epithelium in TDLN", "max_epithelial_in_tdln"),
)
TISSUES = ("tumor", "tdln")


def measured_metrics(qc: pd.DataFrame) -> list[Metric]:
    """The metrics that a QC table holds values of."""
    known = set(qc.dropna(axis="columns", how="all").columns)
    return [metric for metric in METRICS if metric.column in known]


@styled
def qc_metrics(qc: pd.DataFrame, tissues: pd.Series, settings: Any) -> Chart:
    """Draw each QC metric by tissue, with its threshold and the dropped samples marked.

    Parameters
    ----------
    qc
        Contract ``bulk_qc``, one row a sample.
    tissues
        Tissue by sample (index).
    settings
        `innervate.config.settings.BulkQC`, for the thresholds.
    """
    metrics = measured_metrics(qc)
    columns = 2 if len(metrics) in (2, 4) else 3
    rows = max(1, -(-len(metrics) // columns))
    figure, grid = canvas(7.4, 2.3 * rows, rows, columns)
    tissue = qc["sample"].map(tissues).fillna("unknown").astype(str)
    for axes in grid.flat[len(metrics) :]:
        axes.set_axis_off()
    dense = len(qc) * len(metrics) > DENSE
    for axes, metric in zip(grid.flat, metrics, strict=False):
        _strip(axes, qc, tissue, metric, getattr(settings, metric.setting), dense)
    dropped, flagged = int((~qc["keep"]).sum()), int(qc["flags"].fillna("").ne("").sum())
    title = (
        f"Quality control flagged {flagged} of {counted(len(qc), 'bulk sample')} "
        f"and dropped {dropped}."
    )
    note = (
        f"n = {counted(len(qc), 'sample')}. A point is a sample; a dashed line is the threshold "
        "from the settings; a cross is a dropped sample. No test is made."
    )
    return chart(figure, title, note, table="bulk/qc.tsv")


def _strip(
    axes: Axes,
    qc: pd.DataFrame,
    tissue: pd.Series,
    metric: Metric,
    threshold: float,
    dense: bool,
) -> None:
    colors = palette(tissue, TISSUES)
    values = qc[metric.column].astype(float)
    if metric.log:
        values = values.clip(lower=1)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    elif values.max() > 1000:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for position, (name, (color, marker)) in enumerate(colors.items()):
        here = (tissue == name).to_numpy()
        x = position + jitter(int(here.sum()))
        y, kept = values[here].to_numpy(), qc.loc[here, "keep"].to_numpy(dtype=bool)
        axes.scatter(x[kept], y[kept], s=11, color=color, marker=marker, alpha=0.75, linewidths=0,
                     rasterized=dense)  # fmt: skip
        axes.scatter(x[~kept], y[~kept], s=30, color=BLACK, marker="x", linewidths=1.2)
    axes.axhline(threshold, color=VERMILLION, linestyle=(0, (4, 3)), linewidth=1)
    axes.set_xticks(range(len(colors)), [label(name, 14) for name in colors])
    axes.set_xlim(-0.6, len(colors) - 0.4)
    axes.grid(visible=False, axis="x")
    axes.set_title(metric.title)
