"""Render the cohort's report."""

from pathlib import Path

from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Settings
from innervate.report.data import load_results
from innervate.report.html import render
from innervate.runtime.files import write_text
from innervate.runtime.log import run


def main(snakemake):
    html = render(
        load_results(Path(snakemake.output[0]).parent),
        Cohort.model_validate(snakemake.params.cohort),
        Settings.model_validate(snakemake.params.settings),
        load_circuit(circuit_path(snakemake.params.circuit)),
        snakemake.threads,
    )
    write_text(html, snakemake.output[0])


run(main, snakemake)
