"""What each simulated cell type expresses: a compartment's profile, with the type's own genes.

Subtype markers are textbook ones. The lists are wider than the marker sets that the analysis
annotates with, and not made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.genes.sets import GeneSet
from innervate.simulate.markers import COMPARTMENTS, MARKERS
from innervate.simulate.profiles import DRIVERS, Profiles

ON, OFF = 8.0, -0.5
"""Level (log2 counts per million) of a type's own markers, and of those of its sister types."""

STRONG = 12.0
BASELINE_DROP = 1.5
"""How much lower M1-like and M2-like genes are in a macrophage of neither state than in the mixed
macrophages of a bulk profile, log2."""

MITO_DROP = 1.0
"""How much lower mitochondrial genes are in intact cells than in bulk tissue, log2."""


@dataclass(frozen=True)
class Kind:
    """A cell type.

    Parameters
    ----------
    compartment
        Whose profile it starts from.
    own
        Markers that are on, and off in the other types of the same compartment.
    strong
        Markers that stand out.
    off
        Markers of the compartment that this type lacks.
    depth
        Its counts, relative to the typical cell.
    """

    compartment: str
    own: str = ""
    strong: str = ""
    off: str = ""
    depth: float = 1.0


PAN_T = """CD3D CD3E CD3G CD2 CD5 CD6 TRAC TRBC1 TRBC2 CD28 ICOS ITK TRAT1 SIRPG THEMIS BCL11B
    LCK TCF7 LEF1"""
PAN_B = "MS4A1 CD19 CD22 PAX5 BLK FCRLA FCRL2 TCL1A FCER2 VPREB3 BANK1 CR2 SPIB"
CYTOTOXIC = "GZMA GZMB GZMK GZMH PRF1 NKG7 GNLY CST7 FASLG EOMES TBX21 IFNG KLRD1 CX3CR1"

KINDS = {
    "malignant": Kind("malignant", depth=1.5),
    "epithelial": Kind("malignant", own="KRT4 KRT13 MUC21 ECM1 CRNN MAL2 SPINK5 SPRR3 TGM3"),
    "fibroblast": Kind("fibroblast"),
    "endothelial": Kind("endothelial"),
    "t_cd4": Kind(
        "t_cell",
        own="CD4 CD40LG IL7R LTB MAL CCR7 TSHZ2 AQP3 TNFRSF25 CCR4 NOSIP ANXA1",
        off=CYTOTOXIC,
        depth=0.7,
    ),
    "t_cd8": Kind(
        "t_cell",
        own="CD8A CD8B CRTAM CD160 LAG3 KLRG1 LINC02446 TRGC2 CD96 SH2D1A",
        depth=0.7,
    ),
    "t_reg": Kind(
        "t_cell",
        own="FOXP3 IL2RA CTLA4 IKZF2 TNFRSF18 TNFRSF4 CCR8 BATF RTKN2 TIGIT IL10RA",
        off=CYTOTOXIC,
        depth=0.8,
    ),
    "nk": Kind(
        "t_cell",
        own="""NCAM1 KLRF1 KLRC1 KLRB1 XCL1 XCL2 NCR1 NCR3 FCGR3A SH2D1B IL2RB TXK FGFBP2 SPON2
            CLIC3 S1PR5 MATK TYROBP FCER1G""",
        off=PAN_T,
        depth=0.7,
    ),
    "b_cell": Kind("b_cell", own=PAN_B, depth=0.7),
    "plasma": Kind(
        "b_cell",
        own="SDC1 TNFRSF17 PRDM1 DERL3 FKBP11 MZB1 XBP1 SLAMF7 TXNDC5",
        strong="JCHAIN IGHG1 IGHG3 IGHA1 IGKC",
        depth=1.5,
    ),
    "macrophage": Kind("macrophage", depth=1.5),
    "dendritic": Kind(
        "dendritic", own="FLT3 CST3 CPVL SPI1 LST1 TYROBP FCER1G AIF1 LYZ IGSF6 FCGR2A"
    ),
    "mast": Kind(
        "macrophage",
        own="KIT MS4A2 HPGDS HDC GATA2 SLC18A2 IL1RL1 RGS13 HPGD",
        strong="TPSAB1 TPSB2 CPA3",
        off=MARKERS["macrophage"],
    ),
    "schwann": Kind("nerve"),
}

STATES = {"m1": ("M1_LIKE", "CXCL9"), "m2": ("M2_LIKE", "SPP1 MSR1 MRC1 CD163")}
"""Macrophage states: their gene set, and further genes."""

STATE_STEP = (1.5, 3.0)
"""Bounds of the rise of a state's genes in cells of that state, log2, drawn by gene."""

STATE_LOGITS = {"m1": np.log(0.25 / 0.30), "m2": np.log(0.45 / 0.30), "intermediate": 0.0}
STATE_SLOPE = 0.8
"""Change of a state's log odds against ``intermediate`` per SD of the patient's latent node. As m1
falls where m2 rises, the logit of the share of m2 rises by about 1."""

GAIN, LOSS = 1.5, 0.5
ARMS = (5, 9)
"""Bounds of the number of chromosome arms that are changed in a tumor; the upper one is not
reached."""

COPY_NUMBERS = ["patient", "chromosome", "start", "end", "factor"]
"""Columns of the truth of copy numbers."""


def kind_levels(profiles: Profiles, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Expression of each cell type, log2 counts per million by gene.

    Parameters
    ----------
    profiles
        Of the compartments.
    rng
        Source of randomness.
    """
    at = {gene: position for position, gene in enumerate(profiles.genes)}
    every = [gene for kind in KINDS.values() for gene in _words(kind.own, kind.strong)]
    noise = dict(zip(every, rng.normal(0, 0.7, len(every)), strict=True))
    mitochondrial = profiles.genes.str.startswith("MT-")
    levels = {}
    for name, kind in KINDS.items():
        level = profiles.levels[COMPARTMENTS.index(kind.compartment)].copy()
        level[mitochondrial] -= MITO_DROP
        for compartment, markers in MARKERS.items():
            # In bulk a lineage's strong markers are low elsewhere; in cells they are absent.
            if compartment != kind.compartment:
                _put(level, at, markers.split(), OFF, noise)
        for other in KINDS.values():
            # Where the sister is a compartment of its own, its genes are off already.
            if other is not kind and other.compartment == kind.compartment:
                _put(level, at, _words(other.own, other.strong), OFF, noise)
        _put(level, at, kind.off.split(), OFF, noise)
        _put(level, at, kind.own.split(), ON, noise)
        _put(level, at, kind.strong.split(), STRONG, noise)
        levels[name] = level
    return levels


def _words(*texts: str) -> list[str]:
    return [word for text in texts for word in text.split()]


def _put(
    level: np.ndarray,
    at: Mapping[str, int],
    genes: list[str],
    value: float,
    noise: Mapping[str, float],
) -> None:
    for gene in genes:
        if gene in at:
            level[at[gene]] = value + noise.get(gene, 0.0)


def state_shifts(
    profiles: Profiles, sets: Mapping[str, GeneSet], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Change of each gene, log2, in macrophages of each state, ``intermediate`` included.

    Parameters
    ----------
    profiles
        For the genes.
    sets
        Gene sets by name.
    rng
        Source of randomness.
    """
    shifts = {"intermediate": np.zeros(len(profiles.genes))}
    for name, further in STATES.values():
        members = profiles.genes.isin([*sets[name].genes, *further.split()])
        shifts["intermediate"][members] = -BASELINE_DROP
    for state, (name, further) in STATES.items():
        members = profiles.genes.isin([*sets[name].genes, *further.split()])
        rise = rng.uniform(*STATE_STEP, len(profiles.genes))
        shifts[state] = shifts["intermediate"] + np.where(members, rise, 0.0)
    return shifts


def draw_states(count: int, driven: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the state of each macrophage of a tumor.

    Parameters
    ----------
    count
        Macrophages.
    driven
        The patient's `DRIVERS`.
    rng
        Source of randomness.
    """
    logits = np.array(
        [
            base + (STATE_SLOPE * driven[DRIVERS.index(state)] if state in STATES else 0.0)
            for state, base in STATE_LOGITS.items()
        ]
    )
    share = np.exp(logits) / np.exp(logits).sum()
    return rng.choice(list(STATE_LOGITS), size=count, p=share)


def draw_copy_numbers(
    places: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Gain or lose chromosome arms in a patient's malignant cells.

    Parameters
    ----------
    places
        Gene facts in the order of the profiles: chromosome, start. An arm is the half of a
        chromosome's genes on one side of their median start.
    rng
        Source of randomness.

    Returns
    -------
    tuple
        ``chromosome, start, end, factor`` of each changed arm; change of each gene, log2.
    """
    chromosome = places["chromosome"].astype(str).str.removeprefix("chr")
    start = pd.to_numeric(places["start"], errors="coerce")
    chosen = rng.choice(44, size=int(rng.integers(*ARMS)), replace=False)
    change, rows = np.zeros(len(places)), []
    for arm in np.sort(chosen):
        here = (chromosome == str(arm // 2 + 1)).to_numpy()
        middle = start[here].median()
        part = here & ((start > middle) if arm % 2 else (start <= middle)).to_numpy()
        factor = GAIN if rng.random() < 0.6 else LOSS
        change[part] = np.log2(factor)
        rows.append((str(arm // 2 + 1), start[part].min(), start[part].max(), factor))
    return pd.DataFrame(rows, columns=COPY_NUMBERS[1:]), change
