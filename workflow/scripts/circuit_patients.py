"""Summarize the nodes by patient, with the circuit index and its interval."""

from innervate.circuit.contracts import PATIENTS
from innervate.circuit.patients import left_out, score_patients
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.settings import Scoring
from innervate.inputs.clinical.contracts import CLINICAL
from innervate.inputs.contracts import SAMPLES
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES, RNA_NODES, SCORES


def main(snakemake):
    samples = read_table(snakemake.input.samples, SAMPLES)
    clinical = snakemake.input.clinical
    clinical = read_table(clinical, CLINICAL) if clinical else None
    patients, nodes = score_patients(
        read_table(snakemake.input.scores, SCORES),
        read_table(snakemake.input.nodes, RNA_NODES),
        samples,
        clinical,
        load_circuit(circuit_path(snakemake.params.circuit)),
        Scoring.model_validate(snakemake.params.settings),
        seed=snakemake.params.seed,
        baseline=snakemake.params.baseline,
    )
    write_table(patients, snakemake.output.patients, PATIENTS)
    write_table(nodes, snakemake.output.nodes, NODES)
    excluded = left_out(patients, samples, clinical)
    write_table(excluded, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
