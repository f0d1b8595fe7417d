"""Take the droplets that hold a cell out of all that were counted."""

import logging
from pathlib import Path

from innervate.reads.cells import write_cells
from innervate.runtime.log import run


def main(snakemake):
    raw, folder = Path(snakemake.input.matrix).parent, Path(snakemake.output.matrix).parent
    cells = write_cells(raw, snakemake.input.called, snakemake.params.sample, folder)
    logging.info("%d cells of %s", len(cells.barcodes), snakemake.params.sample)


run(main, snakemake)
