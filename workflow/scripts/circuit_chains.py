"""Test the paths of the circuit, fit it as a whole, and compare it with other hypotheses."""

from innervate.circuit.chains import assess_chains
from innervate.circuit.contracts import CHAIN, HYPOTHESES, PATH_FIT, PATH_MODEL
from innervate.circuit.ends import read_patients
from innervate.circuit.whole import fit_whole
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import EdgeTests
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    circuit = load_circuit(circuit_path(params.circuit))
    patients, _ = read_patients(dict(snakemake.input), Cohort.model_validate(params.cohort))
    settings = EdgeTests.model_validate(params.settings)
    write_table(assess_chains(patients, circuit, settings, params.seed), output.chain, CHAIN)
    whole = fit_whole(patients, circuit)
    write_table(whole.coefficients, output.path_model, PATH_MODEL)
    write_table(whole.fit, output.path_fit, PATH_FIT)
    write_table(whole.hypotheses, output.hypotheses, HYPOTHESES)


run(main, snakemake)
