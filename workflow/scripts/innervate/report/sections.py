"""The sections of the report, in order: a new figure is one function and one line here.

A section is a function from the context to its blocks: sentences (str), figures (`Chart`) and
tables (`Table`). What a cohort does not have is said in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from innervate.report import tables as t
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.clinical import forest
from innervate.report.figures.contrasts import volcano
from innervate.report.figures.patients import circuit_index
from innervate.report.figures.pca import components
from innervate.report.figures.polarization import m1_against_m2
from innervate.report.figures.qc import measured_metrics, qc_metrics
from innervate.report.figures.scores import heat_map
from innervate.report.figures.style import Chart
from innervate.report.methods import methods
from innervate.report.text import MISSING, counted, estimate_name, interval, plain

Block = str | Chart | t.Table

TOP_GENES = 25
TOP_SETS = 15
LEADING_EDGE = 8
OUTLIER_FLAGS = "outlier_pca|outlier_correlation"


class Section(NamedTuple):
    """A part of the report: its anchor, its heading, and what makes its blocks."""

    anchor: str
    title: str
    blocks: Callable[[Context], list[Block]]


def went_in(context: Context) -> list[Block]:
    """What went in: samples by tissue and genes by what became of them."""
    samples, genes = context.results.samples, context.results.genes
    keys = [key for key in ("assay", "tissue", "timepoint") if samples[key].notna().any()]
    grouped = samples.groupby(keys, sort=True, dropna=False)
    by_tissue = grouped.agg(samples=("sample", "size"), patients=("patient", "nunique"))
    per_patient = samples.groupby("patient").size().value_counts().sort_index()
    spread = per_patient.rename_axis("samples").rename("patients").reset_index()
    blocks: list[Block] = [
        t.table(
            by_tissue.reset_index(),
            [*map(t.text, keys), t.whole("samples"), t.whole("patients")],
            f"Samples by {', '.join(keys)}, and the patients they come from.",
        ),
        t.table(
            spread,
            [t.text("samples", "Samples of a patient"), t.whole("patients")],
            "How many samples a patient has.",
        ),
    ]
    if genes is None:
        return [*blocks, "The cohort has no bulk matrix, so that no genes were read."]
    statuses = pd.Index(["kept", "renamed", "merged", "dropped"], name="status")
    counts = genes["status"].value_counts().reindex(statuses, fill_value=0)
    caption = "Genes of the input, by what became of them (merged: several ids of one gene)."
    frame = counts.rename("genes").reset_index()
    return [*blocks, t.table(frame, [t.text("status"), t.whole("genes")], caption)]


def quality(context: Context) -> list[Block]:
    """Quality control of the bulk samples."""
    qc = context.results.qc
    if qc is None:
        return ["The cohort has no bulk samples, so that there was nothing to control."]
    frame = qc.assign(tissue=qc["sample"].map(context.tissues))
    columns = [t.text("sample"), t.text("tissue")]
    for metric in measured_metrics(qc):
        column = t.whole if metric.column.startswith("n_") else t.decimal
        columns.append(column(metric.column, metric.title.removesuffix(" (million, log scale)")))
    columns += [t.text("declared_sex", "Declared sex"), t.text("expressed_sex", "Expressed sex")]
    if qc["epithelial_in_tdln"].notna().any():
        columns.append(t.decimal("epithelial_in_tdln", "Epithelial score in TDLN"))
    columns.append(t.text("flags", "Flags", wide=True))
    columns.append(t.Column("Used", lambda row: "yes" if row["keep"] else "dropped", "text"))
    caption = "Quality control of each bulk sample; flagged and dropped samples are set in bold."
    marked = t.table(
        frame, columns, caption, strong=lambda row: plain(row["flags"]) not in ("", MISSING)
    )
    return [qc_metrics(qc, context.tissues, context.settings.bulk_qc), marked]


def principal_components(context: Context) -> list[Block]:
    """The samples in the space of their main differences."""
    pca, qc = context.results.pca, context.results.qc
    if pca is None or pca.empty:
        return ["No principal components were computed for this cohort."]
    flags = qc["flags"].fillna("") if qc is not None else pd.Series(dtype=str)
    outliers = set(qc.loc[flags.str.contains(OUTLIER_FLAGS), "sample"]) if len(flags) else set()
    return [components(pca, outliers)]


def contrasts(context: Context) -> list[Block]:
    """Differential expression and enrichment, contrast by contrast."""
    if not context.results.de:
        return ["No contrast was tested: the cohort declares none, or its matrix is not counts."]
    return [block for name in context.results.de for block in _contrast(context, name)]


def _contrast(context: Context, name: str) -> list[Block]:
    de = context.results.de[name].sort_values(["pvalue", "gene"], kind="stable")
    declared = context.contrast(name)
    question = (declared.title if declared else "") or name
    higher, lower = context.sides(declared) if declared else ("higher", "lower")
    genes = [
        t.text("gene", "Gene"),
        t.decimal("base_mean", "Mean of normalized counts", 1),
        t.decimal("log2_fold_change", "log2 fold change"),
        t.decimal("lfc_se", "Standard error"),
        t.decimal("log2_fold_change_shrunk", "Shrunken log2 fold change"),
        t.probability("pvalue", "p"),
        t.probability("padj", "FDR"),
    ]
    top = f"Contrast {name}: the {TOP_GENES} genes with the smallest p-values."
    blocks: list[Block] = [
        volcano(de, context.alpha, plain(question), higher, lower),
        t.table(de.head(TOP_GENES), genes, plain(top)),
    ]
    gsea = context.results.gsea.get(name)
    if gsea is None:
        return [*blocks, plain(f"Gene sets were not tested on contrast {name}.")]
    order = ["fdr", "pvalue", "set"]
    best = gsea.sort_values(order, kind="stable").head(TOP_SETS)
    sets = [
        t.text("set", "Gene set"),
        *([t.text("collection", "Collection")] if "collection" in gsea else []),
        t.whole("size", "Genes ranked"),
        t.decimal("nes", "Normalized enrichment score"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.Column("Leading edge", lambda row: _leading(row["leading_edge"]), "wide"),
    ]
    caption = (
        f"Contrast {name}: the {min(TOP_SETS, len(best))} of {counted(len(gsea), 'gene set')} with "
        f"the smallest FDR. A positive score: {higher}."
    )
    return [*blocks, t.table(best, sets, plain(caption))]


def _leading(genes: object) -> str:
    names = plain(genes).split(";")
    rest = len(names) - LEADING_EDGE
    shown = ", ".join(name.strip() for name in names[:LEADING_EDGE])
    return f"{shown} and {rest} more" if rest > 0 else shown


def nodes(context: Context) -> list[Block]:
    """The score of each node in each patient, and what could not be measured."""
    results = context.results
    if results.scores is None or context.node_rows.empty:
        return ["No node of the circuit was scored in this cohort."]
    blocks: list[Block] = [
        heat_map(results.scores, context.node_rows, context.patient_order, context.names)
    ]
    if results.nodes is not None:
        columns = [
            _named(context, "node"),
            *map(t.text, ("tissue", "measure", "status")),
            t.Column("Genes found", _coverage),
            t.text("reason", "Why not", wide=True),
        ]
        caption = "Each node's measures in each tissue; those not measured are set in bold."
        blocks.append(
            t.table(results.nodes, columns, caption, lambda row: row["status"] != "measured")
        )
    if results.agreement is not None and len(results.agreement):
        blocks.append(_any_table(results.agreement, "Agreement of measures of one node."))
    return blocks


def _named(context: Context, column: str) -> t.Column:
    """A column of nodes, each by the name that is shown."""
    names = context.names
    title = column.capitalize()
    return t.Column(title, lambda row: plain(names.get(row[column], row[column])), "text")


def _coverage(row: t.Row) -> str:
    found, total = row.get("genes_found"), row.get("genes_total")
    return MISSING if pd.isna(found) or pd.isna(total) else f"{found:.0f} of {total:.0f}"


def _any_table(frame: pd.DataFrame, caption: str) -> t.Table:
    """A table of whatever columns there are."""
    columns = []
    for name in frame.columns:
        title = name.replace("_", " ").capitalize()
        if pd.api.types.is_integer_dtype(frame[name]):
            columns.append(t.whole(name, title))
        elif pd.api.types.is_float_dtype(frame[name]):
            columns.append(t.decimal(name, title))
        else:
            columns.append(t.text(name, title))
    return t.table(frame, columns, caption)


def polarization(context: Context) -> list[Block]:
    """M1-like and M2-like macrophage scores."""
    frame = context.results.polarization
    if frame is None or frame.empty:
        return ["Macrophage polarization was not scored in this cohort."]
    if frame[["m1", "m2"]].dropna().empty:
        return ["Macrophage polarization was not measurable in any sample of this cohort."]
    return [m1_against_m2(frame)]


def patients(context: Context) -> list[Block]:
    """The circuit index and call of each patient."""
    frame = context.results.patients
    if frame is None or frame.empty:
        return ["No circuit index was computed for this cohort."]
    known = [name for name in context.names if name in frame]
    place = {patient: i for i, patient in enumerate(context.patient_order)}
    ordered = frame.sort_values("patient", key=lambda column: column.map(place), kind="stable")
    columns = [
        t.text("patient", "Patient"),
        t.Column("Circuit index (95% interval)", _index),
        t.text("call", "Call"),
        *(t.decimal(name, context.names[name]) for name in known),
    ]
    caption = "Each patient's circuit index, call and node scores (z), the highest index first."
    blocks: list[Block] = [t.table(ordered, columns, caption)]
    return [circuit_index(frame), *blocks] if frame["circuit_index"].notna().any() else blocks


def _index(row: t.Row) -> str:
    names = ("circuit_index", "circuit_index_low", "circuit_index_high")
    return interval(*(row[name] for name in names))


def clinical(context: Context) -> list[Block]:
    """Associations of scores with pain and outcome; patients' values are never shown."""
    frame = context.results.associations
    if frame is None:
        return ["The cohort has no clinical table, so that pain and outcome were not tested."]
    if frame.empty:
        return ["The clinical table has no endpoint that could be tested."]
    blocks: list[Block] = []
    for _, part in frame.groupby(["endpoint", "estimate_type"], sort=False):
        if part["estimate"].notna().any():
            blocks.append(forest(part, context.names, SIGNIFICANCE))
    columns = [
        _named(context, "score"),
        *map(t.text, ("endpoint", "model")),
        t.whole("n", "Patients"),
        *([t.whole("n_events", "Events")] if frame["n_events"].notna().any() else []),
        t.estimate("estimate", "ci_low", "ci_high", "Estimate (95% interval)"),
        t.Column("Estimate is", lambda row: estimate_name(row["estimate_type"]), "text"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        *([t.text("covariates", "Adjusted for")] if frame["covariates"].notna().any() else []),
        t.text("note", "Note", wide=True),
    ]
    caption = "All associations that were asked for, with those that could not be estimated."
    return [*blocks, t.table(frame, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)]


def exclusions(context: Context) -> list[Block]:
    """Everything that was left out; genes with one reason share a row."""
    frame = context.results.exclusions
    if frame.empty:
        return ["Nothing was left out."]
    genes = frame["level"] == "gene"
    keys = ["stage", "level", "reason"]
    grouped = (
        frame[genes]
        .groupby(keys, sort=True, dropna=False)["id"]
        .agg(["size", _joined])
        .reset_index()
    )
    grouped = grouped.rename(columns={"_joined": "id"})
    shown = pd.concat([frame[~genes].assign(size=1), grouped], ignore_index=True)
    columns = [
        t.text("stage", "Stage"),
        t.text("level", "Level"),
        t.whole("size", "How many"),
        t.text("reason", "Reason", wide=True),
        t.text("id", "Which", wide=True),
    ]
    levels = frame["level"].value_counts().sort_index()
    counts = ", ".join(f"{n:,} of level {plain(level)}" for level, n in levels.items())
    caption = f"All {len(frame):,} exclusions ({counts}); genes with one reason share a row."
    return [t.table(shown, columns, caption)]


def _joined(ids: pd.Series) -> str:
    return ", ".join(map(plain, ids))


def methods_text(context: Context) -> list[Block]:
    """What was done, and with which settings."""
    settings = context.settings.model_dump(mode="json")
    return [
        *methods(context),
        t.pairs(settings, "Settings of this cohort.", ("Setting", "Value")),
    ]


def provenance(context: Context) -> list[Block]:
    """Seed, commit, versions and checksums, as recorded by the run."""
    run = dict(context.results.run)
    if not run:
        return ["The run left no provenance file, so that versions and checksums are not known."]
    # The settings stand under Methods; the cohort file may hold a user's free text and paths.
    whole = {key: value for key, value in run.items() if key not in ("settings", "cohort")}
    facts = {key: value for key, value in whole.items() if not isinstance(value, dict | list)}
    blocks: list[Block] = [t.pairs(facts, "The run.", ("Fact", "Value"))] if facts else []
    titles = {"inputs": ("Input files.", ("File", "SHA-256"))}
    for key, value in whole.items():
        if isinstance(value, dict) and value:
            caption, headers = titles.get(key, (f"{key.capitalize()}.", ("Name", "Value")))
            blocks.append(t.pairs(value, caption, headers))
        elif isinstance(value, list) and value:
            blocks.append(_any_table(pd.DataFrame(value), f"{key.capitalize()}."))
    return blocks


SECTIONS = (
    Section("went-in", "What went in", went_in),
    Section("quality", "Quality control", quality),
    Section("components", "Principal components", principal_components),
    Section("contrasts", "Contrasts", contrasts),
    Section("nodes", "Circuit scores", nodes),
    Section("polarization", "Macrophage polarization", polarization),
    Section("patients", "Patients", patients),
    Section("clinical", "Clinical associations", clinical),
    Section("exclusions", "Exclusions", exclusions),
    Section("methods", "Methods", methods_text),
    Section("provenance", "Provenance", provenance),
)
