"""Draw the main panels of a cohort's report for a paper."""

import logging
from pathlib import Path

from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Settings
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.panels import panels, write_panels
from innervate.runtime.log import run


def main(snakemake):
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    context = Context(
        load_results(Path(snakemake.output[0]).parent),
        Cohort.model_validate(snakemake.params.cohort),
        Settings.model_validate(snakemake.params.settings),
        load_circuit(circuit_path(snakemake.params.circuit)),
    )
    write_panels(panels(context, snakemake.threads), snakemake.output[0])


run(main, snakemake)
