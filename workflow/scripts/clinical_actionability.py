"""List agents for each node of the circuit, and size trials in those who meet a rule."""

from innervate.clinical.contracts import JOINED
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES
from innervate.trials.actionability import assess_actionability
from innervate.trials.contracts import AGENTS, TRIALS


def main(snakemake):
    found = assess_actionability(
        read_table(snakemake.input.joined, JOINED),
        read_table(snakemake.input.nodes, NODES),
        Cohort.model_validate(snakemake.params.cohort),
        load_circuit(circuit_path(snakemake.params.circuit)),
        Clinical.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_table(found.agents, snakemake.output.agents, AGENTS)
    write_table(found.trials, snakemake.output.trials, TRIALS)


run(main, snakemake)
