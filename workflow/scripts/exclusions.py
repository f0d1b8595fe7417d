"""Gather what each stage left out, and why, in one table."""

import pandas as pd

from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    tables = [read_table(path, EXCLUSIONS) for path in snakemake.input]
    write_table(pd.concat(tables, ignore_index=True), snakemake.output[0], EXCLUSIONS)


run(main, snakemake)
