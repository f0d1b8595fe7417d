"""Differential expression for one contrast; refused, with a row that says so, without counts."""

import anndata as ad

from innervate.bulk.contracts import DE
from innervate.bulk.differential import differential_expression
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    adata = ad.read_h5ad(snakemake.input[0])
    contrast = Contrast.model_validate(snakemake.params.contrast)
    settings = DifferentialExpression.model_validate(snakemake.params.settings)
    de, exclusions = differential_expression(adata, contrast, settings, snakemake.threads)
    write_table(de, snakemake.output.de, DE)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
