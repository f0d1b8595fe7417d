"""Call malignant cells by inferred copy number and epithelial identity."""

import anndata as ad

from innervate.config.cell_settings import Malignancy
from innervate.genes.cell_types import load_cell_types
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import ANNOTATION, MALIGNANT_CELLS, MALIGNANT_PATIENTS
from innervate.single_cell.joining import log_normalized
from innervate.single_cell.malignancy import call_malignant


def main(snakemake):
    cells = log_normalized(ad.read_h5ad(snakemake.input.joined))
    annotation = read_table(snakemake.input.annotation, ANNOTATION).set_index("cell")
    annotation = annotation.loc[cells.obs_names]
    settings = Malignancy.model_validate(snakemake.params.settings)
    by_cell, by_patient = call_malignant(
        cells, annotation, load_cell_types(), settings, snakemake.params.seed
    )
    write_table(by_cell.rename_axis("cell").reset_index(), snakemake.output.cells, MALIGNANT_CELLS)
    write_table(by_patient, snakemake.output.patients, MALIGNANT_PATIENTS)


run(main, snakemake)
