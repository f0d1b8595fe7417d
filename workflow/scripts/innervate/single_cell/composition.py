"""Whether the shares of cell types differ between groups of samples."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from innervate.bulk.design import build_design
from innervate.config.contrast import Contrast
from innervate.runtime.errors import InnervateError
from innervate.statistics.conventions import adjusted_pvalues

STAGE = "composition"
PSEUDOCOUNT = 0.5
MIN_PRESENT = 0.5
"""Share of the samples in which a cell type must be seen: a line through zeros is not evidence."""

LOGIT, RATIO = "logit of the share", "centered log ratio"
COLUMNS = [
    *("contrast", "cell_type", "method", "n", "mean_share", "estimate", "ci_low", "ci_high"),
    *("pvalue", "fdr"),
]


def compare_composition(
    sums: ad.AnnData, name: str, contrast: Contrast
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test the shares of all cell types for a contrast, with samples as replicates.

    Two linear models on the same design. The logit of a type's share is what a reader pictures
    (Phipson et al. 2022, doi:10.1093/bioinformatics/btac582), but shares sum to one, so that a
    type that grows makes all others shrink. The centered log ratio (Aitchison 1982,
    doi:10.1111/j.2517-6161.1982.tb01195.x) compares each type with the geometric mean of all.
    A count of one half is added to each type.

    Parameters
    ----------
    sums
        Of `innervate.single_cell.pseudobulk.sum_cells`.
    name
        Of the contrast.
    contrast
        The question.

    Returns
    -------
    tuple
        ``contrast, cell_type, method, n`` (samples), ``mean_share, estimate`` (log2, per unit or
        between the levels), ``ci_low, ci_high, pvalue, fdr`` (over the cell types of a method);
        and contract ``exclusions``.
    """
    counts = sums.obs.pivot_table(
        index="sample", columns="cell_type", values="n_cells", aggfunc="sum", observed=True
    ).fillna(0)
    facts = sums.obs.drop_duplicates("sample").set_index("sample", drop=False)
    facts = facts.drop(columns=["cell_type", "n_cells"]).rename_axis(None)
    try:
        design = build_design(facts, contrast)
    except InnervateError as error:
        reason = " ".join(str(error).split())
        rows = [("contrast", contrast.title or name, STAGE, reason)]
        return pd.DataFrame(columns=COLUMNS), _exclusions(rows)
    counts = counts.loc[design.matrix.index]
    seen = (counts > 0).mean() >= MIN_PRESENT
    few = [
        ("cell_type", kind, STAGE, f"{name}: in fewer than {MIN_PRESENT:.0%} of the samples")
        for kind in counts.columns[~seen & (counts.sum() > 0)]
    ]
    # All cells count toward the shares, those of rare types too.
    rare = counts.loc[:, ~seen].sum(axis=1)
    counts = counts.loc[:, seen]
    raised = counts + PSEUDOCOUNT
    shares = raised.div(raised.sum(axis=1) + rare, axis=0)
    log = np.log2(shares)
    responses = {
        LOGIT: log - np.log2(1 - shares),
        RATIO: log.sub(log.mean(axis=1), axis=0),
    }
    true_share = counts.div(counts.sum(axis=1) + rare, axis=0).mean()
    frames = []
    for method, response in responses.items():
        rows = [_test(response[kind], design) for kind in response]
        frame = pd.DataFrame(rows, columns=["estimate", "ci_low", "ci_high", "pvalue"])
        frame["fdr"] = adjusted_pvalues(frame["pvalue"])
        frame["cell_type"], frame["method"] = response.columns, method
        frame["mean_share"] = true_share.to_numpy()
        frames.append(frame)
    result = pd.concat(frames, ignore_index=True).assign(contrast=name, n=len(counts))
    return result[COLUMNS], _exclusions(few)


def _test(response: pd.Series, design) -> tuple[float, float, float, float]:
    fit = OLS(response.to_numpy(), design.fitted.to_numpy(dtype=float)).fit()
    test = fit.t_test(design.weights)
    low, high = test.conf_int()[0]
    # With a constant response there is nothing to test.
    p = float(test.pvalue) if np.isfinite(test.pvalue) else 1.0
    return float(test.effect[0]), float(low), float(high), p


def _exclusions(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])
