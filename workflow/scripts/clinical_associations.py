"""Join clinic and circuit by patient, and test each node against each endpoint."""

import pandas as pd

from innervate.circuit.contracts import PATIENTS
from innervate.clinical.associations import associate
from innervate.clinical.contracts import ASSOCIATIONS, JOINED, SURVIVAL, SURVIVAL_CURVES
from innervate.clinical.join import join, of_patients
from innervate.clinical.survival import survival_by_group
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.inputs.clinical.contracts import CLINICAL, PAIN_OVER_TIME
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    joined, exclusions = join(
        read_table(snakemake.input.clinical, CLINICAL),
        read_table(snakemake.input.patients, PATIENTS),
    )
    nodes = read_table(snakemake.input.nodes, NODES)
    settings = Clinical.model_validate(snakemake.params.settings)
    write_table(joined, snakemake.output.joined, JOINED)
    over_time = read_table(snakemake.input.over_time, PAIN_OVER_TIME)
    over_time = over_time[over_time["patient"].isin(joined["patient"])]
    associations = associate(joined, nodes, cohort.clinical, settings, over_time)
    write_table(associations, snakemake.output.associations, ASSOCIATIONS)
    survival = survival_by_group(joined, nodes, cohort.clinical, settings)
    write_table(survival.table, snakemake.output.survival, SURVIVAL)
    write_table(survival.curves, snakemake.output.curves, SURVIVAL_CURVES)
    earlier = read_table(snakemake.input.table_exclusions, EXCLUSIONS)
    earlier = of_patients(earlier, joined)
    exclusions = pd.concat([earlier, exclusions], ignore_index=True)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
