"""Malignant cells: epithelial by markers, with copy numbers that normal cells do not have.

Copy numbers are inferred with infercnvpy from the mean expression of neighboring genes, after
Tirosh et al. 2016, doi:10.1126/science.aad0501. As there, a cell is judged by how far its profile
departs from the reference cells in the way in which the patient's other epithelial cells do.
Epithelial cells differ from immune and stromal ones for reasons of their lineage too, which must
not pass for copy numbers: genes that differ more than a copy number could make them are left out,
and what is common to the epithelial cells of most patients is taken off.
"""

from __future__ import annotations

import logging

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

from innervate.config.cell_settings import Malignancy
from innervate.genes.cell_types import CellTypes

CALLED, NORMAL, NO_CALL = "malignant", "not malignant", "no call"
EPITHELIAL = "epithelial"
STEP = 10
CHUNK = 2000
"""Cells whose profiles are inferred at a time: the method needs them dense."""

MIN_GENES = 1000
"""Genes with a known position below which no profile is inferred."""

LARGEST_STEP = np.log(2.0)
"""Difference of mean log expression between epithelial and reference cells beyond which a gene
differs by lineage: copy numbers change means by factors of 0.5 to 2."""

DRAWS = 200
"""Groups of reference cells that a patient's epithelial cells are compared with."""

MIN_PATIENTS = 3
"""Patients with enough epithelial cells from which on a profile common to them is known."""


def call_malignant(
    cells: ad.AnnData,
    annotation: pd.DataFrame,
    types: CellTypes,
    settings: Malignancy,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Call malignant cells of each patient.

    The reference is the cohort's own immune and stromal cells. Half of it gives the normal
    profile, the other half shows how a normal cell scores against it. An epithelial cell's score
    is the length of its profile along that of the patient's other epithelial cells. The cell is
    malignant where this exceeds nearly all reference cells, not malignant where it does not exceed
    most, and has no call in between, or where the patient's epithelial cells are few or carry no
    change that stands out, or the cohort's reference cells are few. Cells of other lineages are
    not malignant. Changes that most patients of the cohort share are not seen.

    Parameters
    ----------
    cells
        Cells x genes with ``layers['lognorm']``, ``var`` chromosome and start, ``obs['patient']``.
    annotation
        Of `innervate.single_cell.annotation.annotate`.
    types
        Says which lineages are a reference.
    settings
        Numbers of cells needed and thresholds.
    seed
        Of the halves.

    Returns
    -------
    tuple
        By cell: ``malignant`` (malignant, not malignant, no call), ``malignant_score`` (0 to 1:
        the share of reference cells that the score exceeds; NaN where none),
        ``cnv_signal``, ``cnv_correlation``; and by patient: ``patient, n_epithelial,
        n_malignant, n_no_call, reason``.
    """
    epithelial = (annotation["lineage"] == EPITHELIAL).to_numpy()
    reference = annotation["lineage"].isin(types.reference).to_numpy()
    result = pd.DataFrame(
        {"malignant": np.where(epithelial, NO_CALL, NORMAL), "malignant_score": np.nan,
         "cnv_signal": np.nan, "cnv_correlation": np.nan},
        index=cells.obs_names,
    )  # fmt: skip
    result.loc[(annotation["lineage"] == "unassigned").to_numpy(), "malignant"] = NO_CALL
    patients = cells.obs["patient"].astype(str)
    placed = (cells.var["chromosome"].astype(str) != "") & cells.var["start"].notna()
    reason = ""
    if reference.sum() < settings.min_reference_cells:
        needed = settings.min_reference_cells
        reason = f"{reference.sum()} immune and stromal cells, {needed} needed as a reference"
    elif placed.sum() < MIN_GENES:
        reason = f"{placed.sum()} genes with a known position, {MIN_GENES} needed"
    reasons = dict.fromkeys(sorted(patients[epithelial].unique()), reason)
    if not reason and epithelial.any():
        few = _call_patients(
            result, cells, placed.to_numpy(), epithelial, reference, settings, seed
        )
        reasons |= few
    rows = [
        (patient, int(mine.sum()), int((calls == CALLED).sum()), int((calls == NO_CALL).sum()), why)
        for patient, why in reasons.items()
        for mine in [epithelial & (patients == patient).to_numpy()]
        for calls in [result.loc[mine, "malignant"]]
    ]
    columns = ["patient", "n_epithelial", "n_malignant", "n_no_call", "reason"]
    logging.info("malignant: %s", result["malignant"].value_counts().to_dict())
    return result, pd.DataFrame(rows, columns=columns)


def _call_patients(
    result: pd.DataFrame,
    cells: ad.AnnData,
    placed: np.ndarray,
    epithelial: np.ndarray,
    reference: np.ndarray,
    settings: Malignancy,
    seed: int,
) -> dict[str, str]:
    """Fill in the calls, and return a reason for each patient that has none."""
    learned = np.random.default_rng(seed).permutation(np.flatnonzero(reference))
    learned = learned[: len(learned) // 2]
    held_out = reference.copy()
    held_out[learned] = False
    placed = placed & ~_by_lineage(cells, epithelial, reference)
    profiles = copy_number(cells[:, placed], learned, settings.window)
    normal = profiles[held_out].toarray()
    patients = cells.obs["patient"].astype(str).to_numpy()
    own, reasons = {}, {}
    for patient in sorted(set(patients[epithelial])):
        mine = epithelial & (patients == patient)
        if mine.sum() < settings.min_epithelial_cells:
            needed = settings.min_epithelial_cells
            reasons[patient] = f"{mine.sum()} epithelial cells, {needed} needed"
        else:
            own[patient] = mine
    means = [np.asarray(profiles[mine].mean(axis=0)).ravel() for mine in own.values()]
    common = np.median(means, axis=0) if len(means) >= MIN_PATIENTS else 0.0
    for number, (patient, mine) in enumerate(own.items()):
        here = profiles[mine].toarray() - common
        if not _stands_out(here, normal, seed + number):
            reasons[patient] = "no copy-number change stands out in the epithelial cells"
            continue
        found = _judge(here, normal, settings)
        result.loc[result.index[mine], found.columns] = found.to_numpy()
    return reasons


def _by_lineage(cells: ad.AnnData, epithelial: np.ndarray, reference: np.ndarray) -> np.ndarray:
    one, two = (
        np.asarray(cells.layers["lognorm"][rows].mean(axis=0)).ravel()
        for rows in (epithelial, reference)
    )
    return np.abs(one - two) > LARGEST_STEP


def copy_number(cells: ad.AnnData, learned: np.ndarray, window: int) -> sparse.csr_matrix:
    """Infer copy-number profiles, cells x windows, as log ratios to reference cells.

    Parameters
    ----------
    cells
        Cells x genes with a known position, ``layers['lognorm']``.
    learned
        Positions of the reference cells.
    window
        Genes that are averaged.
    """
    import infercnvpy

    position = cells.var.copy()
    chromosome = position["chromosome"].astype(str).str.removeprefix("chr")
    autosome = chromosome.str.fullmatch(r"\d+").to_numpy()
    work = ad.AnnData(
        cells.layers["lognorm"][:, autosome],
        obs=pd.DataFrame(index=cells.obs_names),
        var=pd.DataFrame(
            {
                "chromosome": ("chr" + chromosome[autosome]).to_numpy(),
                "start": position["start"].to_numpy()[autosome].astype(int),
                "end": position["start"].to_numpy()[autosome].astype(int) + 1,
            },
            index=cells.var_names[autosome],
        ),
    )
    role = np.full(work.n_obs, "query", dtype=object)
    role[learned] = "reference"
    work.obs["role"] = pd.Categorical(role)
    infercnvpy.tl.infercnv(
        work,
        reference_key="role",
        reference_cat="reference",
        window_size=window,
        step=STEP,
        exclude_chromosomes=None,
        chunksize=CHUNK,
        n_jobs=1,
    )
    return sparse.csr_matrix(work.obsm["X_cnv"])


def _stands_out(own: np.ndarray, normal: np.ndarray, seed: int) -> bool:
    """Whether the mean profile is larger than that of nearly all equal numbers of normal cells."""
    generator = np.random.default_rng(seed)
    size = len(own)
    null = [
        (normal[generator.integers(len(normal), size=size)].mean(axis=0) ** 2).sum()
        for _ in range(DRAWS)
    ]
    return (own.mean(axis=0) ** 2).sum() > np.quantile(null, 1 - 1 / DRAWS)


def _judge(own: np.ndarray, normal: np.ndarray, settings: Malignancy) -> pd.DataFrame:
    # The patient's typical profile is that of the half of the cells that share most of it.
    strong = own @ own.mean(axis=0)
    strong = strong >= np.median(strong)
    total, count = own[strong].sum(axis=0), strong.sum()
    # A cell does not vouch for itself.
    others = (total - own * strong[:, None]) / np.maximum(count - strong, 1)[:, None]
    typical = np.broadcast_to(total / count, normal.shape)
    share = _exceeded(_along(own, others), _along(normal, typical))
    call = np.where(share < settings.clear_share, NORMAL, NO_CALL).astype(object)
    call[share >= settings.reference_share] = CALLED
    return pd.DataFrame(
        {"malignant": call, "malignant_score": share,
         "cnv_signal": (own**2).mean(axis=1), "cnv_correlation": _correlation(own, others)}
    )  # fmt: skip


def _along(profiles: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Length of each profile along the typical one, the sharpest test of a known change."""
    return (profiles * typical).sum(axis=1) / np.linalg.norm(typical, axis=1)


def _exceeded(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.sort(reference), values) / len(reference)


def _correlation(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    one = one - one.mean(axis=1, keepdims=True)
    two = two - two.mean(axis=1, keepdims=True)
    size = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    return np.divide((one * two).sum(axis=1), size, out=np.zeros(len(one)), where=size > 0)
