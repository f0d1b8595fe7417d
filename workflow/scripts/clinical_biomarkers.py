"""Judge markers by the circuit index that is left without them."""

from innervate.clinical.contracts import JOINED
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical
from innervate.genes.sets import load_sets
from innervate.prediction.biomarkers import identify
from innervate.prediction.contracts import BIOMARKERS
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES


def main(snakemake):
    table = identify(
        read_table(snakemake.input.joined, JOINED),
        read_table(snakemake.input.nodes, NODES),
        Cohort.model_validate(snakemake.params.cohort).clinical,
        load_circuit(circuit_path(snakemake.params.circuit)),
        # Circuit files name human genes, whatever the species of the cohort.
        load_sets("human"),
        Clinical.model_validate(snakemake.params.settings),
    )
    write_table(table, snakemake.output[0], BIOMARKERS)


run(main, snakemake)
