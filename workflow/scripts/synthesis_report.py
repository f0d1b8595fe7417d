"""Render the report over all cohorts."""

from innervate.circuit.contracts import EDGES, PATIENTS
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.inputs.contracts import SAMPLES
from innervate.report.cohorts import cohort_facts
from innervate.report.synthesis import SynthesisResults, render_synthesis
from innervate.runtime.files import read_table, write_text
from innervate.runtime.log import run
from innervate.synthesis.contracts import BY_OUTPUT


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    circuit = load_circuit(circuit_path(params.circuit))
    samples = (read_table(path, SAMPLES) for path in given.samples)
    patients = (read_table(path, PATIENTS) for path in given.patients)
    edges = (read_table(path, EDGES) for path in given.cohort_edges)
    cohorts = cohort_facts(params.cohorts, samples, patients, edges, circuit)
    tables = {name: read_table(given[name], contract) for name, contract in BY_OUTPUT.items()}
    write_text(
        render_synthesis(SynthesisResults(**tables, cohorts=cohorts), circuit), snakemake.output[0]
    )


run(main, snakemake)
