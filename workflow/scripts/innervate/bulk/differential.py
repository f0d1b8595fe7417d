"""Differential expression of one contrast, with DESeq2's model.

Method: Love, Huber & Anders 2014, doi:10.1186/s13059-014-0550-8; shrunken fold changes: Zhu,
Ibrahim & Love 2019, doi:10.1093/bioinformatics/bty895.
"""

from __future__ import annotations

import logging

import anndata as ad
import numpy as np
import pandas as pd

from innervate.bulk.contracts import DE
from innervate.bulk.design import STAGE, Design, build_design
from innervate.bulk.expression import values
from innervate.bulk.normalization import size_factors
from innervate.bulk.shrinkage import NEAR_FLOOR
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.runtime.errors import InnervateError

LOW_MEAN = "mean too low (independent filter)"
NOT_SHRUNKEN = "no shrunken fold change was found"
BEYOND = "its shrunken fold change is not to be read"
WITH_OUTLIER = f"{BEYOND}: it is of the counts with an outlier, which the test replaced"
LOW_FITTED = f"{BEYOND}: it is beyond the estimate, which DESeq2's least mean holds back"
FAR = 0.1
"""log2; as far beyond its estimate, or across zero, a shrunken value needs a note."""
COLUMNS = DE.names


def differential_expression(
    adata: ad.AnnData, contrast: Contrast, settings: DifferentialExpression, threads: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test each gene for one contrast: Wald test, independent filtering, Cook's distances.

    Parameters
    ----------
    adata
        Raw counts in X (samples x genes), obs with the columns of the formula, ``uns["unit"]``.
    contrast
        The question.
    settings
        Expression that a gene must reach to be tested, and the FDR filtering is tuned to.
    threads
        Threads to use; the result does not depend on it.

    Returns
    -------
    tuple
        Contract ``de``, sorted by p-value, then gene, with two columns more: `prior_scale`, of
        the prior of the shrunken values (natural log, of a continuous variable per standard
        deviation), and `note`, on missing values and on shrunken ones that lie beyond their
        estimates; and contract ``exclusions``. Without counts the
        first is empty and the second says so. Fold changes of a continuous variable are per unit.

    Raises
    ------
    InputError
        Where the design can't answer the question, naming the columns.
    """
    unit = adata.uns["unit"]
    if unit != "counts":
        name = contrast.title or contrast.variable or contrast.formula
        reason = f"differential expression needs counts, and these are {unit}; scoring goes on"
        return _empty(), _exclusions([("contrast", name, STAGE, reason)])
    design = build_design(adata.obs, contrast)
    counts = values(adata[design.matrix.index])
    needed = min(settings.min_samples, design.smallest_group)
    tested = (counts >= settings.min_count).sum(axis=0) >= needed
    rows = []
    if not tested.all():
        reason = f"fewer than {needed} samples have {settings.min_count} counts: not tested"
        rows.append(("gene", f"{(~tested).sum()} genes", STAGE, reason))
    if not tested.any():
        raise InnervateError(
            f"contrast {contrast.title or contrast.formula!r}: no gene reaches "
            f"{settings.min_count} counts in {needed} samples"
        )
    frame = pd.DataFrame(counts[:, tested], design.matrix.index, adata.var_names[tested])
    factors = _size_factors(frame, contrast.title or contrast.formula)
    de = _fit(frame, factors, design, settings, threads)
    logging.info(
        "%d samples, %d genes tested, %d with padj < %g",
        len(frame),
        len(de),
        (de["padj"] < settings.alpha).sum(),
        settings.alpha,
    )
    exclusions = pd.concat([design.exclusions, _exclusions(rows)], ignore_index=True)
    return de.sort_values(["pvalue", "gene"], kind="stable", ignore_index=True), exclusions


def _fit(
    counts: pd.DataFrame,
    factors: np.ndarray,
    design: Design,
    settings: DifferentialExpression,
    threads: int,
) -> pd.DataFrame:
    from innervate.bulk.dataset import Dataset, Statistics
    from innervate.bulk.inference import VectorizedInference

    inference = VectorizedInference(threads)
    dataset = Dataset(
        counts=counts,
        metadata=pd.DataFrame(index=counts.index),
        design=design.fitted,
        inference=inference,
        quiet=True,
    )
    dataset.use_size_factors(factors)
    dataset.fit()
    statistics = Statistics(
        dataset, design.weights, alpha=settings.alpha, inference=inference, quiet=True
    )
    statistics.summary()
    plain = statistics.results_df
    shrunk, scale = statistics.shrink(list(design.fitted).index(design.coefficient))
    effect = plain["log2FoldChange"]
    shrunk = pd.Series(shrunk / np.log(2), effect.index).where(effect.notna())
    # Genes that outliers' replacement emptied: shrinkage works on the counts with the outliers.
    shrunk = shrunk.mask(effect == 0, 0.0)
    if scale < NEAR_FLOOR:
        logging.warning(
            "the prior of the shrunken fold changes fell to a scale of %.2g: they are near zero or "
            "hardly shrunken, whatever the evidence, and nothing should rest on them",
            scale,
        )
    columns = (
        counts.columns.astype(str),
        plain["baseMean"],
        effect,
        plain["lfcSE"],
        shrunk,
        plain["stat"],
        plain["pvalue"],
        plain["padj"],
    )
    named = dict(zip(COLUMNS, (np.asarray(column) for column in columns), strict=True))
    note = _notes(plain, shrunk, dataset.cooks_outlier())
    replaced = dataset.var["replaced"].to_numpy(dtype=bool)
    away = (note == "") & _beyond(effect, shrunk)
    note[away] = np.where(replaced, WITH_OUTLIER, LOW_FITTED)[away]
    return pd.DataFrame(named).assign(prior_scale=scale, note=note)


def _size_factors(counts: pd.DataFrame, contrast: str) -> np.ndarray:
    empty = counts.index[counts.sum(axis=1) == 0].astype(str)
    if len(empty):
        raise InnervateError(
            f"contrast {contrast!r}: no counts in {', '.join(empty)}, of the genes that are "
            "tested; leave such samples out with `subset`"
        )
    with np.errstate(invalid="ignore"):
        factors = size_factors(counts.to_numpy(dtype=float))
    if not (np.isfinite(factors) & (factors > 0)).all():
        raise InnervateError(
            f"contrast {contrast!r}: the samples' depths can't be compared, as they share no gene "
            "with counts; expected raw counts of the same genes in all samples"
        )
    return factors


def _beyond(effect: pd.Series, shrunk: pd.Series) -> np.ndarray:
    """Shrunken values beyond their estimates or of another sign: R has them too."""
    low, high = np.minimum(effect, 0) - FAR, np.maximum(effect, 0) + FAR
    return ((shrunk < low) | (shrunk > high)).to_numpy()


def _notes(plain: pd.DataFrame, shrunk: pd.Series, outlier: pd.Series) -> np.ndarray:
    """Why values are missing."""
    tested = plain["pvalue"].notna()
    notes = np.select(
        [
            ~tested & (plain["baseMean"] == 0),
            outlier.to_numpy(dtype=bool),
            ~tested,
            tested & shrunk.isna() & plain["padj"].isna(),
            tested & shrunk.isna(),
            plain["padj"].isna(),
        ],
        [
            "no counts",
            "one sample's count decides it (Cook's distance)",
            "the model could not be fitted to its counts",
            f"{LOW_MEAN}; {NOT_SHRUNKEN}",
            NOT_SHRUNKEN,
            LOW_MEAN,
        ],
        "",
    )
    return notes.astype(object)


def _empty() -> pd.DataFrame:
    kinds = {"text": str, "number": float}
    return pd.DataFrame(
        {column.name: pd.Series(dtype=kinds[column.kind]) for column in DE.columns}
    ).assign(prior_scale=pd.Series(dtype=float), note=pd.Series(dtype=str))


def _exclusions(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["level", "id", "stage", "reason"], dtype=str)
