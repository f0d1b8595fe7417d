"""Read one sample's cells, measure them, and drop what is not a single intact cell."""

from innervate.config.cell_settings import CellQC
from innervate.config.cells import CellMatrix
from innervate.genes.sets import load_sets
from innervate.inputs.cell_samples import CellSource
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_h5ad, write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import CELL_SUMMARY, CHECKED_CELLS, INPUT_GENES, THRESHOLDS
from innervate.single_cell.sample import check_sample


def main(snakemake):
    given = snakemake.params.source
    matrix = CellMatrix.model_validate(given["matrix"])
    checked = check_sample(
        CellSource(matrix, given["file"], given["raw_file"]),
        snakemake.params.sample,
        snakemake.params.species,
        snakemake.params.label,
        load_sets(snakemake.params.species),
        CellQC.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_h5ad(checked.kept, snakemake.output.kept)
    contracts = {
        "cells": CHECKED_CELLS,
        "thresholds": THRESHOLDS,
        "summary": CELL_SUMMARY,
        "exclusions": EXCLUSIONS,
        "genes": INPUT_GENES,
    }
    for name, contract in contracts.items():
        write_table(getattr(checked, name), snakemake.output[name], contract)


run(main, snakemake)
