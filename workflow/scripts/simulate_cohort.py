"""Simulate a cohort's tables, with a known circuit in them."""

from pathlib import Path

from innervate.config.cohort import Simulation
from innervate.runtime.log import run
from innervate.simulate.cohort import simulate_cohort, write_cohort


def main(snakemake):
    simulation = Simulation.model_validate(snakemake.params.simulation)
    cohort = simulate_cohort(simulation, seed=snakemake.params.seed)
    write_cohort(cohort, Path(snakemake.output.samples).parent)


run(main, snakemake)
