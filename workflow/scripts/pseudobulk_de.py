"""Test one contrast in each cell type's pseudobulk, and in the shares of the cell types."""

import anndata as ad
import pandas as pd

from innervate.config.cell_settings import Pseudobulk
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run
from innervate.single_cell.composition import compare_composition
from innervate.single_cell.contracts import CELL_DE, COMPOSITION
from innervate.single_cell.pseudobulk import differential_by_type


def main(snakemake):
    sums = ad.read_h5ad(snakemake.input[0])
    contrast = Contrast.model_validate(snakemake.params.contrast)
    settings = DifferentialExpression.model_validate(snakemake.params.settings)
    limits = Pseudobulk.model_validate(snakemake.params.limits)
    de, left_out = differential_by_type(sums, contrast, settings, limits, snakemake.threads)
    shares, refused = compare_composition(sums, snakemake.wildcards.contrast, contrast)
    write_table(de, snakemake.output.de, CELL_DE)
    write_table(shares, snakemake.output.composition, COMPOSITION)
    write_table(pd.concat([left_out, refused]), snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
