"""What became of each gene of the input, in one table for all assays."""

from pathlib import Path

import pandas as pd

from innervate.inputs.contracts import GENES
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    tables = [
        read_table(path, GENES).assign(assay=Path(path).parent.name) for path in snakemake.input
    ]
    write_table(pd.concat(tables), snakemake.output[0], GENES)


run(main, snakemake)
