"""Single cells: quality, cell types, sources, macrophage states, pseudobulk, interactions."""

from __future__ import annotations

import pandas as pd

from innervate.genes.cell_types import load_cell_types
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures import macrophages, maps
from innervate.report.figures.cell_quality import distributions, sample_quality
from innervate.report.figures.ligand_receptor import pairs
from innervate.report.figures.sources import sources
from innervate.report.figures.style import BLUE, GRAY, VERMILLION
from innervate.report.parts import cell_contrasts
from innervate.report.text import counted, listed, number, percent, plain, tally
from innervate.scoring.sources import MIN_SAMPLES, NAMED

NONE = "The cohort has no single cells."
TOP = 12
"""Rows of a cell type, or of a pair, that the report shows; the files hold all."""
MALIGNANT = {"malignant": VERMILLION, "no call": GRAY, "not malignant": BLUE}


def quality(context: Context) -> list[Block]:
    """What became of the cells of each sample."""
    cells = context.results.single_cell
    if cells is None:
        return [NONE]
    columns = [
        t.text("sample"),
        t.whole("n_cells", "Cells"),
        t.whole("n_kept", "Kept"),
        t.whole("n_doublet", "Doublets"),
        t.whole("median_n_counts", "Median counts"),
        t.whole("median_n_genes", "Median genes"),
        t.Column("Ambient RNA", lambda row: percent(row["ambient_fraction"], 1)),
        t.text("taken_from", "Counts from"),
        t.text("notes", "Notes", wide=True),
    ]
    caption = "Each single-cell sample; a sample without cells is set in bold."
    table = t.table(cells.qc, columns, caption, lambda row: row["n_kept"] == 0)
    drawn = None
    if cells.checked is not None and "metric" in cells.thresholds:
        drawn = distributions(cells.checked, cells.thresholds)
    return [sample_quality(cells.qc), *([drawn] if drawn else []), table]


def types(context: Context) -> list[Block]:
    """Maps of the cells, their types, malignant calls, and how far to trust them."""
    cells = context.results.single_cell
    if cells is None:
        return [NONE]
    known = load_cell_types()
    frame, names = cells.cells, known.labels
    counts = frame["cell_type"].value_counts()
    sentence = f"{counted(len(counts), 'cell type')} in {counted(len(frame), 'cell')}."
    blocks: list[Block] = [
        maps.type_map(frame, names, sentence),
        _type_table(frame, names),
    ]
    if (frame["malignant"] != "not malignant").any():
        title = f"Malignant cells by copy number: {tally(frame['malignant'])}."
        blocks += [maps.panels(frame, "malignant", title, MALIGNANT), _malignant_table(cells)]
    title = f"The cells of {counted(frame['sample'].nunique(), 'sample')} on the same map."
    blocks.append(maps.panels(frame, "sample", title))
    blocks.append(_integration(cells.integration))
    if len(cells.agreement):
        caption = "Our cell types beside other opinions; share of the cells of their label."
        blocks.append(t.whole_table(cells.agreement, caption))
    return blocks


def _type_table(frame: pd.DataFrame, names: dict[str, str]) -> t.Table:
    wide = pd.crosstab(frame["cell_type"], frame["tissue"])
    confidence = frame.groupby("cell_type")["cell_type_confidence"].median()
    table = wide.assign(confidence=confidence).reset_index()
    columns = [t.renamed("cell_type", names)]
    columns += [t.whole(tissue, plain(tissue)) for tissue in wide.columns]
    columns.append(t.decimal("confidence", "Median confidence"))
    return t.table(table, columns, "Cells of each type, by tissue.")


def _malignant_table(cells) -> t.Table:
    columns = [
        t.text("patient"),
        t.whole("n_epithelial", "Epithelial cells"),
        t.whole("n_malignant", "Malignant"),
        t.whole("n_no_call", "No call"),
        t.text("reason", "Why there is no call", wide=True),
    ]
    return t.table(cells.malignant, columns, "Malignant calls of each patient's epithelial cells.")


def _integration(frame: pd.DataFrame) -> str:
    titles = {
        "sample_mixing": "mixing of samples (1 is perfect)",
        "type_purity": "purity of cell types among neighbors",
        "type_silhouette": "silhouette of cell types (0 to 1)",
    }
    parts = []
    for metric, title in titles.items():
        rows = frame[frame["metric"] == metric].set_index("representation")["value"]
        steps = " to ".join(number(value) for value in rows)
        parts.append(f"{title} {steps}")
    change = "before and after Harmony" if frame["representation"].nunique() > 1 else "one sample"
    return f"Integration, {change}: {listed(parts)}."


def who_makes_what(context: Context) -> list[Block]:
    """The circuit's ligands, receptors and programs by cell type."""
    cells = context.results.single_cell
    if cells is None:
        return [NONE]
    names = load_cell_types().labels
    blocks: list[Block] = []
    drawn = cells.by_cell_type.dropna(subset="value").groupby("measure", sort=False)
    for row in cells.highest.itertuples():
        if row.measure in drawn.groups:
            blocks.append(sources(drawn.get_group(row.measure), names, _highest(row, names)))
    absent = cells.highest[~cells.highest["measure"].isin(list(drawn.groups))]
    if len(absent):
        each = [f"{row.label} ({row.tissue}): {row.reason}" for row in absent.itertuples()]
        blocks.append(f"Not measured by cell type: {plain('; '.join(each))}.")
    return blocks or ["No reported measure could be taken in enough cells."]


def _highest(row, names: dict[str, str]) -> str:
    """Name the cell type that is highest in a measure, or say why none is named."""
    name, tissue = plain(row.label), plain(row.tissue)
    if row.status == NAMED:
        few = f", {counted(row.n_samples, 'sample')} only" if row.n_samples < MIN_SAMPLES else ""
        kind = names.get(row.cell_type, row.cell_type)
        return f"{name} is highest in: {kind} ({tissue}{few})."
    seen, why = counted(row.n_samples, "sample"), plain(row.reason)
    return f"{name} by cell type ({tissue}, {seen}). None is named as the highest: {why}."


def states(context: Context) -> list[Block]:
    """Macrophage states of single cells, and the M2-like share of each sample."""
    cells = context.results.single_cell
    if cells is None:
        return [NONE]
    mine = cells.cells[cells.cells["polarization"].fillna("") != ""]
    called = mine.dropna(subset=["m1_score", "m2_score"])
    blocks: list[Block] = []
    if called.empty:
        reasons = listed(dict.fromkeys(cells.axes["note"].dropna()))
        blocks.append(f"No macrophage was called: {plain(reasons)}.")
    else:
        title = "Macrophage states on the map of all cells."
        colors = {call: color for call, (color, *_) in macrophages.CALLS.items()}
        blocks += [
            macrophages.state_density(called),
            maps.panels(mine, "polarization", title, colors, background=cells.cells),
        ]
    frame = context.results.polarization
    if frame is not None:
        ratio = macrophages.spp1_cxcl9(frame[frame["assay"] == "single_cell"], mine)
        blocks += [ratio] if ratio else []
        shares = frame[frame["assay"] == "single_cell"].dropna(subset="fraction_m2")
        if len(shares):
            blocks.append(macrophages.m2_fractions(shares))
    blocks.append(t.whole_table(cells.axes, "The two axes: genes found, states, what is known."))
    return blocks


def pseudobulk(context: Context) -> list[Block]:
    """Differential expression in each cell type, and the shares of the cell types."""
    cells = context.results.single_cell
    if cells is None:
        return [NONE]
    blocks = [block for name in cells.de for block in cell_contrasts.blocks(context, name)]
    return blocks or ["No contrast was asked of the single cells."]


def interactions(context: Context) -> list[Block]:
    """The circuit's ligands and receptors, ranked among random pairs."""
    cells = context.results.single_cell
    if cells is None:
        return [NONE]
    frame = cells.ligand_receptor
    seen = frame[(frame["expressed_share"] > 0) & frame["percentile"].notna()]
    silent = [
        f"{ligand} with {receptor}"
        for (ligand, receptor), rows in frame.groupby(["ligand", "receptor"], sort=False)
        if not (rows["expressed_share"] > 0).any()
    ]
    blocks: list[Block] = [
        pairs(rows, load_cell_types().labels) for _, rows in seen.groupby("tissue", sort=True)
    ]
    if len(seen):
        best = seen.sort_values(["percentile", "strength"], ascending=False)
        best = best.groupby(["tissue", "ligand", "receptor"], sort=False).head(TOP // 3)
        names = load_cell_types().labels
        columns = [
            t.text("tissue"),
            t.text("ligand"),
            t.text("receptor"),
            t.renamed("source", names),
            t.renamed("target", names),
            t.whole("n_samples", "Samples"),
            t.Column("Expressed in", lambda row: percent(row["expressed_share"])),
            t.Column("Above random pairs", lambda row: percent(row["percentile"])),
            t.decimal("specificity_rank", "Specificity rank"),
        ]
        caption = (
            "The strongest cell types of each pair: share of samples in which both are expressed, "
            "and median share of random ligand-receptor pairs, between the same types, that it "
            "exceeds. Co-expression does not prove signaling."
        )
        blocks.append(t.table(best, columns, caption))
    if silent:
        text = f"Expressed by no two cell types of any sample: {plain(listed(silent))}."
        blocks.append(text + " Axons are not among dissociated cells.")
    return blocks or ["No ligand and receptor of the circuit could be compared."]
