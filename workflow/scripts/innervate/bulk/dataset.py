"""PyDESeq2's data set, with the steps in which it departs from DESeq2 put right."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from pydeseq2.dds import DeseqDataSet
from pydeseq2.ds import DeseqStats
from pydeseq2.utils import n_or_more_replicates
from scipy.stats import f
from statsmodels.nonparametric.smoothers_lowess import lowess

from innervate.bulk.dispersion import fit_trend
from innervate.bulk.glm import MIN_MU
from innervate.bulk.shrinkage import NEAR_FLOOR, prior_scale
from innervate.statistics.conventions import adjusted_pvalues

THRESHOLDS = 50
MIN_PRIOR_VARIANCE = 0.25
"""DESeq2's least variance of log dispersions around the trend."""


class Dataset(DeseqDataSet):
    """A `DeseqDataSet` whose trend, and whose Cook's filter, are those of DESeq2.

    PyDESeq2 0.5 fits the trend with all genes, also those at the minimum dispersion, and drops
    genes far from it for good; and it spares genes with three larger counts from Cook's filter
    in any design, where DESeq2 does so only between two groups.
    """

    def use_size_factors(self, factors: np.ndarray) -> None:
        """Take size factors as given, one a sample."""
        self.obs["size_factors"] = factors
        self.layers["normed_counts"] = self.X / factors[:, None]
        self.var["_normed_means"] = self.layers["normed_counts"].mean(axis=0)

    def fit(self) -> None:
        """Fit dispersions and coefficients, and put count outliers right."""
        self.fit_genewise_dispersions()
        self.fit_dispersion_trend()
        self.fit_dispersion_prior()
        self.fit_MAP_dispersions()
        self.fit_LFC()
        self.calculate_cooks()
        self.refit()

    def _fit_parametric_dispersion_trend(self, vst: bool = False) -> None:
        name = "vst_genewise_dispersions" if vst else "genewise_dispersions"
        if name not in self.var:
            self.fit_genewise_dispersions(vst)
        means, dispersions = self.var["_normed_means"], self.var[name]
        usable = (dispersions > 100 * self.min_disp).to_numpy()
        trend = fit_trend(means[usable].to_numpy(), dispersions[usable].to_numpy())
        if trend is None:
            warnings.warn(
                "the dispersions do not follow a parametric trend; their mean is used",
                stacklevel=2,
            )
            self._fit_mean_dispersion_trend(vst)
            return
        coefficients = pd.Series(trend, index=["a0", "a1"])
        if vst:
            self.uns["vst_trend_coeffs"] = coefficients
            return
        self.uns["trend_coeffs"], self.uns["disp_function_type"] = coefficients, "parametric"
        non_zero = self.var["non_zero"]
        self.var["fitted_dispersions"] = np.nan
        self.var.loc[non_zero, "fitted_dispersions"] = trend[0] + trend[1] / means[non_zero]

    def _fit_mean_dispersion_trend(self, vst: bool = False) -> None:
        name = "vst_genewise_dispersions" if vst else "genewise_dispersions"
        if (self.var[name] > 10 * self.min_disp).any():
            super()._fit_mean_dispersion_trend(vst)
            return
        # No gene varies by more than counting does: the mean would be one of nothing.
        self.uns["disp_function_type"], self.uns["mean_disp"] = "mean", self.min_disp
        self.var["fitted_dispersions"] = self.min_disp

    def fit_dispersion_prior(self) -> None:
        """Fit the spread of dispersions around the trend, with its least value where none shows."""
        if (self.var["genewise_dispersions"] >= 100 * self.min_disp).any():
            super().fit_dispersion_prior()
            return
        spread = np.float64(MIN_PRIOR_VARIANCE)
        self.uns["prior_disp_var"] = self.uns["_squared_logres"] = spread

    def cooks_outlier(self) -> pd.Series:
        """Genes whose p-value is withheld because one sample alone decides it."""
        if "_pvalue_cooks_outlier" in self.var:
            return self.var["_pvalue_cooks_outlier"]
        samples, coefficients = self.obsm["design_matrix"].shape
        judged = n_or_more_replicates(self.obsm["design_matrix"], 3).to_numpy()
        distances = self.layers["cooks"].copy()
        # Where outliers were replaced and refitted, the samples they are in are safe.
        if self.var["replaced"].any():
            distances[self.obs["replaceable"].to_numpy(dtype=bool)] = 0
        cutoff = f.ppf(0.99, coefficients, samples - coefficients)
        outlier = (distances[judged] > cutoff).any(axis=0)
        groups = self.obsm["design_matrix"].drop_duplicates()
        if len(groups) == coefficients == 2:
            worst = np.nan_to_num(self.layers["cooks"][:, outlier]).argmax(axis=0)
            counts = self.X[:, outlier]
            outlier[outlier] = (counts > counts[worst, np.arange(len(worst))]).sum(axis=0) < 3
        self.var["_pvalue_cooks_outlier"] = outlier
        return self.var["_pvalue_cooks_outlier"]


class Statistics(DeseqStats):
    """`DeseqStats` with the independent filtering of DESeq2, R's lowess included.

    Its fold changes are shrunken by `shrink`, for any contrast of the coefficients.
    """

    def shrink(self, index: int) -> tuple[np.ndarray, float]:
        """Shrink the tested effect.

        Parameters
        ----------
        index
            A coefficient that the contrast holds.

        Returns
        -------
        tuple
            Effect of each gene (natural log), missing where none was found; and the scale of the
            prior of the effect as it stands in the contrast with a weight of 1. The counts are
            those before outliers were replaced, as in DESeq2.
        """
        weights = self.contrast_vector / self.contrast_vector[index]
        effect = (self.LFC @ weights).to_numpy()
        error = (self.SE / abs(self.contrast_vector[index])).to_numpy()
        scale = prior_scale(effect, error)
        # The effect becomes a coefficient, whatever the contrast is made of.
        design = self.design_matrix.to_numpy(dtype=float)
        tested = design[:, index].copy()
        design = design - np.outer(tested, weights)
        design[:, index] = tested
        genes = self.dds.non_zero_idx
        shrunken = np.full(len(effect), np.nan)
        shrunken[genes] = self.dds.inference.shrink(
            self.dds.X[:, genes],
            design,
            1 / self.dds.var["dispersions"].to_numpy()[genes],
            np.log(self.dds.obs["size_factors"].to_numpy()),
            scale,
            index,
        )
        # A search that ends early may end beyond the estimate; near its floor a prior holds nothing
        # back, and the estimate is what there is.
        held = self._holds_effect() if scale >= NEAR_FLOOR else ~self._replaced()
        low, high = np.minimum(effect, 0)[held], np.maximum(effect, 0)[held]
        shrunken[held] = np.clip(shrunken[held], low, high)
        return shrunken * self.contrast_vector[index], scale

    def _replaced(self) -> np.ndarray:
        return self.dds.var["replaced"].to_numpy(dtype=bool)

    def _holds_effect(self) -> np.ndarray:
        """Genes whose estimate bounds a shrunken effect, but for a search that ended early.

        Not those with means below the minimum that DESeq2 fits with: their estimate falls short
        of the likelihood's maximum, and R too shrinks from there.
        """
        with np.errstate(over="ignore"):
            means = np.exp(self.design_matrix.to_numpy(dtype=float) @ self.LFC.to_numpy().T)
        means *= self.dds.obs["size_factors"].to_numpy()[:, None]
        return (means >= MIN_MU).all(axis=0) & ~self._replaced()

    def _independent_filtering(self) -> None:
        self.padj = independent_filtering(self.base_mean, self.p_values, self.alpha)


def independent_filtering(base_mean: pd.Series, pvalues: pd.Series, alpha: float) -> pd.Series:
    """Adjust p-values over the genes above the mean that gives most rejections.

    Parameters
    ----------
    base_mean
        Mean normalized count of each gene.
    pvalues
        Its p-value, missing where withheld.
    alpha
        False discovery rate at which rejections are counted.

    Returns
    -------
    pandas.Series
        Benjamini-Hochberg adjusted p; missing below the threshold. The threshold is the lowest
        quantile at which rejections come within the noise of their lowess-smoothed maximum
        (Love et al. 2014; Bourgon et al. 2010, doi:10.1073/pnas.0914005107).
    """
    means, p = base_mean.to_numpy(float), pvalues.to_numpy(float)
    lowest = np.mean(means == 0)
    quantiles = np.linspace(lowest, 0.95 if lowest < 0.95 else 1.0, THRESHOLDS)

    def adjusted(cutoff: float) -> np.ndarray:
        return adjusted_pvalues(np.where(means >= cutoff, p, np.nan))

    cutoffs = np.quantile(means, quantiles)
    rejected = np.array([(adjusted(cutoff) < alpha).sum() for cutoff in cutoffs], dtype=float)
    best = 0
    if rejected.max() > 10:
        smooth = lowess(
            rejected,
            quantiles,
            frac=1 / 5,
            it=3,
            delta=0.01 * np.ptp(quantiles),
            is_sorted=True,
            return_sorted=False,
        )
        some = rejected > 0
        noise = np.sqrt(np.mean((rejected[some] - smooth[some]) ** 2))
        near = np.flatnonzero(rejected > smooth.max() - noise)
        best = near[0] if len(near) else 0
    return pd.Series(adjusted(cutoffs[best]), index=pvalues.index)
