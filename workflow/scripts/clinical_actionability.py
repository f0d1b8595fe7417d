"""List agents for each node of the circuit, and size trials in those who meet a rule."""

from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.trials.actionability import assess_actionability


def main(snakemake):
    found = assess_actionability(
        read_table(snakemake.input.joined, "joined"),
        read_table(snakemake.input.nodes),
        Cohort.model_validate(snakemake.params.cohort),
        load_circuit(circuit_path(snakemake.params.circuit)),
        Clinical.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_table(found.agents, snakemake.output.agents, "agents")
    write_table(found.trials, snakemake.output.trials, "trials")


run(main, snakemake)
