"""The circuit: nodes and macrophage polarization."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.macrophages import spp1_cxcl9
from innervate.report.figures.polarization import m1_against_m2
from innervate.report.figures.scores import heat_map
from innervate.report.figures.tissues import primary, scores_by_tissue
from innervate.report.text import MISSING


def nodes(context: Context) -> list[Block]:
    """The score of each node in each patient, and what could not be measured."""
    results = context.results
    if results.scores is None and results.patients is None:
        return ["No node of the circuit was scored in this cohort."]
    blocks: list[Block] = []
    if context.patient_order:
        blocks.append(heat_map(context.node_matrix, context.node_rows))
    scored = primary(results.scores) if results.scores is not None else pd.DataFrame()
    if len(scored):
        known = results.patients
        calls = pd.Series(dtype=str) if known is None else known.set_index("patient")["call"]
        nodes = {name: title for name, title in context.names.items()
                 if name not in context.circuit.controls}  # fmt: skip
        mine = scored[scored["node"].isin(nodes)]
        blocks += [scores_by_tissue(mine, nodes, calls)] if len(mine) else []
    if results.nodes is not None:
        columns = [
            t.renamed("node", context.names),
            *map(t.text, ("tissue", "measure", "status")),
            t.Column("Genes found", _coverage),
            t.text("reason", "Note", wide=True),
        ]
        caption = "Each node's measures in each tissue; those not measured are set in bold."
        blocks.append(
            t.table(results.nodes, columns, caption, lambda row: row["status"] != "measured")
        )
    if results.agreement is not None and len(results.agreement):
        blocks.append(
            t.whole_table(
                results.agreement,
                "Agreement of methods over the samples: the primary one of a node with each other.",
            )
        )
    return blocks


def _coverage(row: t.Row) -> str:
    found, total = row.get("genes_found"), row.get("genes_total")
    return MISSING if pd.isna(found) or pd.isna(total) else f"{found:.0f} of {total:.0f}"


def polarization(context: Context) -> list[Block]:
    """M1-like and M2-like macrophage scores."""
    frame = context.results.polarization
    if frame is None or frame.empty:
        return ["Macrophage polarization was not scored in this cohort."]
    if frame[["m1", "m2"]].dropna().empty:
        return ["Macrophage polarization was not measurable in any sample of this cohort."]
    ratio = spp1_cxcl9(frame, None)
    return [m1_against_m2(frame), *([ratio] if ratio else [])]
