"""What scores are computed on: a tissue's expression, standardized gene by gene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from innervate.genes.orthologs import human_to_mouse
from innervate.genes.sets import GeneSet

if TYPE_CHECKING:
    from anndata import AnnData

LOG_UNITS = ("log2_tpm", "log2_expression")


@dataclass(frozen=True)
class Expression:
    """Normalized expression of one tissue's samples.

    Parameters
    ----------
    values
        Samples x genes, log2 scale (variance-stabilized for counts).
    expressed
        Whether each gene was detected in enough samples and varies.
    species
        ``human`` or ``mouse``; circuit files name human genes.
    """

    values: pd.DataFrame
    expressed: pd.Series
    species: str

    @cached_property
    def z(self) -> pd.DataFrame:
        """Expressed genes, each with mean 0 and standard deviation 1 over the samples."""
        values = self.values.loc[:, self.expressed]
        return (values - values.mean()) / values.std()

    def gene(self, human_symbol: str) -> str:
        """The species' own symbol of a human gene."""
        if self.species == "human":
            return human_symbol
        return human_to_mouse().get(human_symbol, human_symbol.capitalize())

    def found(self, gene_set: GeneSet) -> list[str]:
        """Genes of a set that are expressed here."""
        return [gene for gene in gene_set.genes if gene in self.z.columns]

    def set_score(self, gene_set: GeneSet) -> pd.Series:
        """Weighted mean z of a set's expressed genes, by sample."""
        weights = dict(zip(gene_set.genes, gene_set.weights, strict=True))
        genes = self.found(gene_set)
        chosen = np.array([weights[gene] for gene in genes])
        return self.z[genes] @ chosen / np.abs(chosen).sum()


def of_tissue(adata: AnnData, tissue: str, min_detection: float) -> Expression:
    """Take the samples of a tissue.

    Parameters
    ----------
    adata
        Normalized, as ``bulk/bulk.h5ad``.
    tissue
        Name in ``obs['tissue']``; there may be no such sample.
    min_detection
        Share of the samples in which a gene must be detected: a count above zero, or, where
        the matrix holds logarithms, a value above the matrix's lowest.
    """
    part = adata[(adata.obs["tissue"] == tissue).to_numpy()]
    raw = np.asarray(part.X)
    floor = np.min(adata.X) if adata.uns["unit"] in LOG_UNITS and adata.n_obs else 0.0
    values = pd.DataFrame(
        np.asarray(part.layers["vst"]), index=part.obs_names, columns=part.var_names
    )
    if not len(values):
        return Expression(values, pd.Series(False, index=values.columns), adata.uns["species"])
    detected = (raw > floor).mean(axis=0) >= min_detection
    varies = values.std().to_numpy() > 1e-8
    expressed = pd.Series(detected & varies, index=values.columns)
    return Expression(values, expressed, adata.uns["species"])


def standardize(score: pd.Series) -> pd.Series:
    """Give a score mean 0 and standard deviation 1 over the samples; constant scores give NaN."""
    spread = score.std()
    return (score - score.mean()) / (spread if spread > 1e-12 else np.nan)


def adjusting(expression: Expression, gene_sets: list[GeneSet]) -> np.ndarray:
    """The matrix that takes the scores of some sets out of any score.

    Parameters
    ----------
    expression
        Of the samples.
    gene_sets
        Whose scores are taken out, by least squares with an intercept.

    Returns
    -------
    ndarray
        Samples x samples, symmetric.
    """
    scores = [expression.set_score(gene_set).to_numpy() for gene_set in gene_sets]
    design = np.column_stack([np.ones(len(expression.values)), *scores])
    return np.eye(len(design)) - design @ np.linalg.pinv(design)
