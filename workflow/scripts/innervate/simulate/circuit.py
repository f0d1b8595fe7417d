"""The circuit that is planted: its nodes, their order, and the genes that follow each of them.

This is the one place of the simulator that knows the circuit of Zhang et al. (Cell 2025,
doi:10.1016/j.cell.2025.09.029). The analysis never reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from innervate.genes.sets import GeneSet
from innervate.runtime.errors import InnervateError


@dataclass(frozen=True)
class Node:
    """A latent node, standard normal over patients.

    Parameters
    ----------
    name
        As in the circuit file.
    parent
        The node that drives it; empty for the origin.
    sign
        Sign of the correlation with its parent.
    """

    name: str
    parent: str = ""
    sign: int = 1


NODES = (
    Node("atf4_activity"),
    Node("slit2", "atf4_activity"),
    Node("nociceptor", "slit2"),
    Node("pain", "nociceptor"),
    Node("cgrp", "nociceptor"),
    Node("effector_t", "cgrp", -1),
    Node("ccl5", "cgrp", -1),
    Node("m2", "ccl5", -1),
    Node("m1", "ccl5", 1),
)
"""Parents stand before their children."""

CONTRASTS = {"polarity": ("m2", "m1")}
"""Nodes that are the difference of two others, scaled to unit variance; nothing follows them."""

PROGRESSION = "m2"
"""The node whose value moves the hazard of progression and of death."""


@dataclass(frozen=True)
class Response:
    """Genes that follow a node inside the cells of some compartments.

    Parameters
    ----------
    node, tissue
        The node, and the tissue in which its genes follow it.
    compartments
        Cells in which they do; the genes are at home there.
    low, high
        Bounds of the per-gene effect, log2 per SD of the node, drawn uniformly.
    sets
        Names of gene sets; a negative weight of a gene turns its effect around.
    genes
        Further genes.
    lowered
        Further genes, which fall as the node rises.
    exclusive
        Whether the genes are expressed in these compartments more than elsewhere.
    """

    node: str
    tissue: str
    compartments: tuple[str, ...]
    low: float
    high: float
    sets: tuple[str, ...] = ()
    genes: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()
    exclusive: bool = True


_IMMUNE = ("t_cell", "b_cell", "macrophage", "dendritic")
_MYELOID = ("macrophage", "dendritic")

RESPONSES = (
    Response(
        "atf4_activity",
        "tumor",
        ("malignant",),
        0.5,
        0.8,
        sets=("ATF4_AMINOACYL_TRNA", "ATF4_AMINO_ACID", "ATF4_STRESS"),
        exclusive=False,
    ),
    Response("slit2", "tumor", ("malignant",), 1.0, 1.0, genes=("SLIT2",), exclusive=False),
    # The analysis does not read the last three, as T and NK cells make them, too.
    Response(
        "cgrp",
        "tdln",
        _MYELOID,
        0.5,
        0.8,
        sets=("CGRP_RESPONSE",),
        lowered=("TNF", "CCL3", "CCL4"),
    ),
    Response("cgrp", "tdln", _IMMUNE, 0.4, 0.6, sets=("CAMP_RESPONSE",)),
    Response("effector_t", "tdln", ("t_cell",), 0.5, 0.8, sets=("T_EFFECTOR",)),
    Response("ccl5", "tdln", ("t_cell", *_MYELOID), 0.9, 0.9, genes=("CCL5",)),
    Response("m1", "tumor", ("macrophage",), 0.5, 0.8, sets=("M1_LIKE",)),
    Response(
        "m2",
        "tumor",
        ("macrophage",),
        0.5,
        0.8,
        sets=("M2_LIKE",),
        genes=("CD163", "MRC1", "SPP1", "MSR1"),
    ),
)

ABUNDANCE = {("nociceptor", "tumor", "nerve"): 0.8}
"""log2 change of a compartment's share per SD of a node: nerves are seen by their number."""

PROGRAMS = (
    "HYPOXIA",
    "PROLIFERATION",
    "UPR",
    "INFLAMMATION",
    "IMMEDIATE_EARLY",
    "P53",
    "NRF2",
    "MYC",
    "INTERFERON_GAMMA",
)
"""Gene sets that vary together, for reasons that have nothing to do with the circuit."""

CONFOUNDER = "hpv"
CONFOUNDER_SHIFT = {"atf4_activity": -0.6, "pain": -0.6}
"""What HPV-positive tumors show of a node less than the node itself, in SD: fewer stress genes
and less pain, by ways of their own. An analysis that forgets HPV links the two too strongly."""


def correlations(effect: float) -> pd.DataFrame:
    """Correlation of all pairs of nodes that the edges imply.

    Parameters
    ----------
    effect
        Absolute correlation along each edge, 0 to below 1.

    Returns
    -------
    DataFrame
        nodes x nodes, `CONTRASTS` last; in a tree, the product of the correlations along the
        path.
    """
    names = [node.name for node in NODES]
    matrix = pd.DataFrame(np.eye(len(names)), names, names)
    for position, node in enumerate(NODES):
        if node.parent:
            earlier = names[:position]
            through = node.sign * effect * matrix.loc[node.parent, earlier]
            matrix.loc[node.name, earlier] = through
            matrix.loc[earlier, node.name] = through
    weights = pd.DataFrame(np.eye(len(names)), names, names)
    for name, (plus, minus) in CONTRASTS.items():
        weights.loc[name] = (weights.loc[plus] - weights.loc[minus]) / _spread(plus, minus, matrix)
    return weights @ matrix @ weights.T


def _spread(plus: str, minus: str, matrix: pd.DataFrame) -> float:
    return float(np.sqrt(2 - 2 * matrix.loc[plus, minus]))


def draw_latents(patients: int, effect: float, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the nodes of each patient from the structural equations.

    ``child = sign * effect * parent + sqrt(1 - effect^2) * noise``, so each node has unit
    variance and each edge the correlation `effect`.

    Parameters
    ----------
    patients
        How many.
    effect
        Absolute correlation along each edge.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        patients x nodes, `CONTRASTS` last; standard normal.
    """
    latents = pd.DataFrame(index=range(patients))
    for node in NODES:
        noise = rng.standard_normal(patients)
        if node.parent:
            noise *= np.sqrt(1 - effect**2)
            noise += node.sign * effect * latents[node.parent].to_numpy()
        latents[node.name] = noise
    implied = correlations(effect)
    for name, (plus, minus) in CONTRASTS.items():
        latents[name] = (latents[plus] - latents[minus]) / _spread(plus, minus, implied)
    return latents


def planted_genes(response: Response, sets: Mapping[str, GeneSet]) -> dict[str, int]:
    """Genes of a response with the sign of their effect.

    Raises
    ------
    InnervateError
        Where a gene set is missing from resources/gene_sets.
    """
    missing = [name for name in response.sets if name not in sets]
    if missing:
        msg = f"the simulator needs gene sets that resources/gene_sets lacks: {', '.join(missing)}"
        raise InnervateError(msg)
    signs = {
        gene: -1 if weight < 0 else 1
        for name in response.sets
        for gene, weight in zip(sets[name].genes, sets[name].weights, strict=True)
    }
    return signs | dict.fromkeys(response.genes, 1) | dict.fromkeys(response.lowered, -1)


def edge_truth(effect: float) -> pd.DataFrame:
    """Planted sizes of edges, of associations with pain, and of log hazards.

    Parameters
    ----------
    effect
        Absolute correlation along each edge; also the log hazard ratio per SD of the
        node that drives progression.

    Returns
    -------
    DataFrame
        node, kind, target, tissue, planted, unit. Kind ``edge`` is a parent with its child,
        ``path`` two nodes further apart. `planted` of kinds ``path``, ``pain`` and
        ``log_hazard`` is what the chain implies for the latent nodes; measured scores show less.
    """
    implied = correlations(effect)
    names = list(implied.index)
    edges = {(node.parent, node.name) for node in NODES}
    rows = [
        (one, "edge" if (one, two) in edges else "path", two, "", implied.loc[one, two])
        for one, two in combinations(names, 2)
        if "pain" not in (one, two) or (one, two) in edges
    ]
    rows += [(name, "pain", "pain", "", implied.loc[name, "pain"]) for name in names]
    frame = pd.DataFrame(rows, columns=["node", "kind", "target", "tissue", "planted"])
    frame = frame[frame["node"].ne(frame["target"])].assign(unit="correlation")
    hazards = [
        (name, "log_hazard", endpoint, "", effect * implied.loc[name, PROGRESSION], "log HR per SD")
        for endpoint in ("pfs", "os")
        for name in names
    ]
    hazards = pd.DataFrame(hazards, columns=frame.columns)
    return pd.concat([frame, hazards], ignore_index=True)
