"""Summarize the nodes by patient, with the circuit index and its interval."""

from innervate.circuit.patients import score_patients
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.settings import Scoring
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    patients, nodes = score_patients(
        read_table(snakemake.input.scores, "scores"),
        read_table(snakemake.input.nodes),
        read_table(snakemake.input.samples, "samples"),
        read_table(snakemake.input.clinical, "joined") if snakemake.input.clinical else None,
        load_circuit(circuit_path(snakemake.params.circuit)),
        Scoring.model_validate(snakemake.params.settings),
        seed=snakemake.params.seed,
        baseline=snakemake.params.baseline,
    )
    write_table(patients, snakemake.output.patients, "patients")
    write_table(nodes, snakemake.output.nodes)


run(main, snakemake)
