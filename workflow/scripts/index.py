"""Render the index of all reports."""

from innervate.circuit.contracts import EDGES, PATIENTS
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.inputs.contracts import SAMPLES
from innervate.report.cohorts import cohort_facts
from innervate.report.index import render_index
from innervate.runtime.files import read_table, write_text
from innervate.runtime.log import run


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    circuit = load_circuit(circuit_path(params.circuit))
    samples = (read_table(path, SAMPLES) for path in given.samples)
    patients = (read_table(path, PATIENTS) for path in given.patients)
    edges = (read_table(path, EDGES) for path in given.cohort_edges)
    cohorts = cohort_facts(params.cohorts, samples, patients, edges, circuit)
    write_text(render_index(cohorts, circuit, params.synthesis), snakemake.output[0])


run(main, snakemake)
