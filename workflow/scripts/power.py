"""Power of a planned study for each edge, chain and clinical question."""

import pandas as pd

from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.plan import Plan
from innervate.planning.contracts import POWER
from innervate.planning.figures import curves
from innervate.planning.trials import Study, repeat
from innervate.runtime.files import write_table, write_text
from innervate.runtime.log import run


def main(snakemake):
    params = snakemake.params
    circuit = load_circuit(circuit_path(params.circuit))
    plan = Plan.model_validate(params.plan)
    tables = []
    for patients in plan.patients:
        study = Study(circuit, circuit, plan, patients, plan.effect)
        found = repeat(study, plan.replicates, params.seed, snakemake.threads)
        tables.append(found.assign(patients=patients))
    table = pd.concat(tables, ignore_index=True)
    write_table(table, snakemake.output.table, POWER)
    write_text(curves(table, "power"), snakemake.output.figure)


run(main, snakemake)
