"""Summarize the nodes by patient, with the circuit index and its interval."""

from innervate.circuit.patients import left_out, score_patients
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.settings import Scoring
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    samples = read_table(snakemake.input.samples, "samples")
    clinical = snakemake.input.clinical
    clinical = read_table(clinical, "joined") if clinical else None
    patients, nodes = score_patients(
        read_table(snakemake.input.scores, "scores"),
        read_table(snakemake.input.nodes),
        samples,
        clinical,
        load_circuit(circuit_path(snakemake.params.circuit)),
        Scoring.model_validate(snakemake.params.settings),
        seed=snakemake.params.seed,
        baseline=snakemake.params.baseline,
    )
    write_table(patients, snakemake.output.patients, "patients")
    write_table(nodes, snakemake.output.nodes)
    excluded = left_out(patients, samples, clinical)
    write_table(excluded, snakemake.output.exclusions, "exclusions")


run(main, snakemake)
