"""Nodes that are the share of a sample's cells of some types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit, Node
from innervate.scoring.expression import standardize
from innervate.scoring.nodes import Scored


def with_shares(
    scored: Scored,
    groups: pd.DataFrame,
    nodes: Mapping[str, Node],
    circuit: Circuit,
    min_samples: int,
    min_cells: int,
) -> Scored:
    """Add the nodes that are a share of cells to those that are expression.

    Parameters
    ----------
    scored
        Of `innervate.scoring.nodes.score_each`.
    groups
        One row a sample and cell type: ``sample, tissue, cell_type, n_cells``.
    nodes
        Those to add, by name.
    circuit
        For which of them are controls.
    min_samples
        Samples that a node needs.
    min_cells
        Cells, of any type, that a sample needs.

    Returns
    -------
    Scored
        Nodes in the circuit's order. ``z_error`` is that of drawing the sample's cells anew.
    """
    frames, summaries = [scored.scores], []
    for name, node in nodes.items():
        frame, summary = _share(name, node, groups, min_samples, min_cells)
        frames.append(frame)
        summaries.append({**summary, "control": name in circuit.controls})
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    scores = pd.concat(filled, ignore_index=True)
    table = pd.concat([scored.nodes, pd.DataFrame(summaries)], ignore_index=True)
    order = {name: number for number, name in enumerate(circuit.everything())}
    by_circuit = {"key": lambda names: names.map(order), "kind": "stable", "ignore_index": True}
    return replace(
        scored,
        scores=scores.sort_values("node", **by_circuit),
        nodes=table.sort_values("node", **by_circuit),
    )


def _share(
    name: str, node: Node, groups: pd.DataFrame, min_samples: int, min_cells: int
) -> tuple[pd.DataFrame, dict]:
    here = groups[groups["tissue"] == node.tissue].astype({"sample": str})
    total = here.groupby("sample")["n_cells"].sum()
    total = total[total >= min_cells]
    mine = here[here["cell_type"].isin(node.cells.types)].groupby("sample")["n_cells"].sum()
    share = mine.reindex(total.index, fill_value=0) / total
    kinds = ", ".join(node.cells.types)
    enough = len(share) >= min_samples
    reason = "" if enough else f"{len(share)} samples have {min_cells} cells, {min_samples} needed"
    status = "measured" if enough else "not measurable"
    method = f"share of {kinds} among all cells"
    spread = share.std() or np.nan
    frame = pd.DataFrame(
        {
            "node": name,
            "sample": share.index,
            "method": method,
            "score": share.to_numpy() if enough else np.nan,
            "z": standardize(share).to_numpy() if enough else np.nan,
            "z_error": np.sqrt(share * (1 - share) / total).to_numpy() / spread,
            "genes_found": 0,
            "genes_total": 0,
            "raised": pd.array([None] * len(share), "boolean"),
            "primary": True,
            "status": status,
            "reason": reason,
        }
    )
    summary = {"node": name, "label": node.label, "tissue": node.tissue, "status": status}
    summary |= {"measure": method, "reason": reason, "genes_found": 0, "genes_total": 0}
    return frame, summary
