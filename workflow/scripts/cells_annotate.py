"""Give each cell a type by markers, compare it with other opinions, measure the integration."""

import anndata as ad

from innervate.config.cell_settings import Annotation
from innervate.config.cells import CellLabels, CellTypist
from innervate.genes.cell_types import load_cell_types
from innervate.genes.sets import load_sets
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import ANNOTATION, ANNOTATION_AGREEMENT, INTEGRATION
from innervate.single_cell.joining import log_normalized
from innervate.single_cell.opinions import annotate_cells


def main(snakemake):
    cells = log_normalized(ad.read_h5ad(snakemake.input.joined))
    labels, model = snakemake.params.labels, snakemake.params.celltypist
    result = annotate_cells(
        cells,
        ad.read_h5ad(snakemake.input.embedding),
        load_cell_types(),
        load_sets(cells.uns["species"]),
        Annotation.model_validate(snakemake.params.settings),
        CellLabels.model_validate(labels) if labels else None,
        CellTypist.model_validate(model) if model else None,
        snakemake.params.seed,
    )
    by_cell = result.cells.rename_axis("cell").reset_index()
    write_table(by_cell, snakemake.output.annotation, ANNOTATION)
    write_table(result.agreement, snakemake.output.agreement, ANNOTATION_AGREEMENT)
    write_table(result.integration, snakemake.output.integration, INTEGRATION)
    write_table(result.exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
