# What the rules share: the validated run, and the params and resources they are given.
import os
import sys

# Shell commands, also those of cluster jobs, find this environment's tools though it is not active.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
)

from innervate.config.load import load_run
from innervate.config.remote import address_of
from innervate.runtime.digests import files_digest, folder_digest, recall, script_digest
from innervate.runtime.errors import InnervateError, raise_if_any
from innervate.runtime.failures import explain
from innervate.runtime.files import RESOURCES
from innervate.inputs.cell_samples import cell_paths, cell_sources, counted_source
from innervate.inputs.checks import fetched_files, fetched_first, input_files
from innervate.inputs.fastq import read_units
from innervate.inputs.fetch import fetch as fetch_input
from innervate.inputs.samples import check_samples, folder_name
from innervate.simulate.cells import simulated_sheet

recall(Path(".snakemake/innervate-sources.json"))

try:
    RUN = load_run(config, source=workflow.configfiles[-1] if workflow.configfiles else "config")
    if workflow.is_main_process:
        # Jobs on a cluster start quicker without what only the checks need.
        from innervate.intake.problems import run_problems

        raise_if_any(run_problems(RUN))
except InnervateError as error:
    raise WorkflowError(str(error)) from None
except Exception as error:
    if reason := explain(error):
        raise WorkflowError(reason) from None
    raise

SIMULATED = [name for name, cohort in RUN.cohorts.items() if cohort.simulation]
WITH_BULK = [name for name, cohort in RUN.cohorts.items() if cohort.bulk]
WITH_CELLS = [name for name, cohort in RUN.cohorts.items() if cohort.single_cell]
WITH_REMOTE = [name for name, remote in RUN.remote.items() if remote.files or remote.folders]
SYNTHESIS = (
    expand(
        "<results>/synthesis/{table}.tsv",
        table=["edges", "associations", "forest", "moderators"],
    )
    if len(RUN.cohorts) > 1
    else []
)
WITH_CLINICAL = [name for name, cohort in RUN.cohorts.items() if cohort.clinical]
NOTHING = "(?!)"


def cell_sheet(cohort):
    """A cohort's single-cell samples and their files, also where they are still to be simulated."""
    if cohort.simulation:
        return simulated_sheet(cohort.simulation)
    samples = check_samples(cohort, cohort.title)[0]
    return samples if samples.empty else samples[samples["assay"] == "single_cell"]


def cell_samples(cohort):
    """A cohort's single-cell samples by the name of their folder."""
    samples = cell_sheet(cohort)
    return {} if samples.empty else {folder_name(name): name for name in samples["sample"]}


CELL_SAMPLES = {name: cell_samples(RUN.cohorts[name]) for name in WITH_CELLS}


wildcard_constraints:
    cohort="|".join(RUN.cohorts),
    cell_sample="[A-Za-z0-9][A-Za-z0-9_-]*",
    contrast="[A-Za-z0-9_-]+",


def one_of(names):
    """A wildcard pattern for these names; where there are none it matches nothing."""
    return "|".join(names) or NOTHING


def cohort_file(wildcards):
    """The cohort's file as the config names it, for messages."""
    return next(path for path in RUN.config.cohorts if Path(path).stem == wildcards.cohort)


def code_of(script):
    """A params function: digest of a rule's script and of all that it imports."""
    return lambda wildcards: script_digest(script)


def setting(name):
    """A params function: one section of the cohort's settings."""
    return lambda wildcards: getattr(RUN.settings[wildcards.cohort], name).model_dump(mode="json")


def cohort_part(*parts):
    """A params function: the named parts of a cohort file, so that a rule depends on no other."""

    def params(wildcards):
        cohort = RUN.cohorts[wildcards.cohort]
        whole = cohort.model_dump(mode="json")
        needed = {
            "title": "",
            "species": cohort.species,
            "samples": {"table": cohort.samples.table},
        }
        return {**needed, **{part: whole[part] for part in parts}}

    return params


def bulk_matrices(wildcards):
    """A params function: the bulk part without its questions, which do not shape a matrix."""
    part = cohort_part("bulk")(wildcards)
    part["bulk"]["contrasts"] = {}
    return part


def cell_source(wildcards, input):
    """A params function: the input and the files of a single-cell sample."""
    cohort = RUN.cohorts[wildcards.cohort]
    source = cell_sources(cohort, cell_sheet(cohort))[cell_sample_name(wildcards)]
    if source.matrix.format == "reads":
        source = counted_source(*input)
    matrix = source.matrix.model_dump(mode="json")
    return {"matrix": matrix, "file": source.file, "raw_file": source.raw_file}


def cell_part(wildcards, name):
    """One key of a cohort's single-cell part, as JSON."""
    return RUN.cohorts[wildcards.cohort].single_cell.model_dump(mode="json")[name]


def cell_sample_name(wildcards):
    """A params function: the sample whose folder this is."""
    return CELL_SAMPLES[wildcards.cohort][wildcards.cell_sample]


def cell_input(wildcards):
    """An input function: the files that a single-cell sample is read from."""
    cohort = RUN.cohorts[wildcards.cohort]
    if cohort.simulation:
        return f"data/{wildcards.cohort}/cells"
    samples, sample = cell_sheet(cohort), cell_sample_name(wildcards)
    source = cell_sources(cohort, samples)[sample]
    if source.matrix.format == "reads":
        return counted_cells(wildcards)
    return cell_paths(source, samples, sample)


def of_cell_samples(file):
    """An input function: a file of each single-cell sample of the cohort."""

    def files(wildcards):
        fetched_first(RUN.cohorts[wildcards.cohort])
        return [
            f"<results>/{wildcards.cohort}/single_cell/{folder}/{file}"
            for folder in CELL_SAMPLES[wildcards.cohort]
        ]

    return files


def remote_address(wildcards):
    """A params function: the address of a local copy."""
    path = f"data/{wildcards.cohort}/fetched/{wildcards.file}"
    address = address_of(path, RUN.remote[wildcards.cohort])
    if address is None:
        raise WorkflowError(f"{path}: no such file, and the cohort file names no address for it")
    return address


def remote_checksum(wildcards):
    """A params function: the declared checksum of a local copy, or None."""
    return RUN.cohorts[wildcards.cohort].checksums.get(remote_address(wildcards))


def stored(address):
    """What a storage plugin has at an address; `#` and what follows is for the copy's name."""
    return storage(address.partition("#")[0]).flags["storage_object"]


def celltypist_model(name):
    """The CellTypist model that a cohort declares, or nothing."""
    model = RUN.cohorts[name].single_cell.celltypist
    return model.model if model else []


def cell_contrast(wildcards):
    """A params function: one contrast of the single-cell part."""
    contrasts = RUN.cohorts[wildcards.cohort].single_cell.contrasts
    return contrasts[wildcards.contrast].model_dump(mode="json")


def sheet(wildcards):
    """A params function: what shapes the sample table; the clinical table only where it does."""
    cohort = RUN.cohorts[wildcards.cohort]
    part = cohort_part("samples", "bulk", "single_cell")(wildcards)
    if part["bulk"]:
        part["bulk"]["contrasts"] = {}
    if part["single_cell"]:
        part["single_cell"] |= {"contrasts": {}, "celltypist": None, "labels": None}
    if cohort.samples.from_clinical:
        clinical = cohort.clinical.model_dump(mode="json")
        part["clinical"] = {key: clinical[key] for key in ("table", "patient", "where", "missing")}
    return part


def contrast(wildcards):
    """A params function: one contrast of the cohort file."""
    return RUN.cohorts[wildcards.cohort].bulk.contrasts[wildcards.contrast].model_dump(mode="json")


def contrasts_of(name, enriched=False):
    """Names of a cohort's contrasts; with `enriched`, those that gene sets are tested on."""
    bulk = RUN.cohorts[name].bulk
    contrasts = bulk.contrasts.items() if bulk else []
    return [key for key, value in contrasts if value.enrichment or not enriched]


def where(names, file):
    """An input function: a result of those cohorts that have it, else nothing."""
    return lambda wildcards: (
        f"<results>/{wildcards.cohort}/{file}" if wildcards.cohort in names else []
    )


def files_of(stage):
    """An input function: the files on disk that a stage of the cohort reads."""
    return lambda wildcards: input_files(RUN.cohorts[wildcards.cohort])[stage]


def resources_of(*patterns):
    """A params function: digest of shipped files, `{species}` being the cohort's.

    Content, not paths: a checkout that is moved or cloned anew recomputes nothing.
    """

    def params(wildcards):
        species = RUN.cohorts[wildcards.cohort].species
        return files_digest(*(RESOURCES / name.format(species=species) for name in patterns))

    return params


def user_collections(wildcards):
    """GMT files of the settings, by name."""
    return RUN.settings[wildcards.cohort].enrichment.collections


def all_input_files(name):
    """Every file on disk that a cohort's results are made from."""
    return [
        next(path for path in RUN.config.cohorts if Path(path).stem == name),
        *(path for paths in input_files(RUN.cohorts[name]).values() for path in paths),
        *RUN.settings[name].enrichment.collections.values(),
    ]


def mem_mb(base, per_input=0.0):
    """A resource function: `base` MB and `per_input` MB for each MB of input, grown on retry.

    An inner Snakemake takes some 200 MB of a cluster job, hence the floor of 1,000 MB.
    """
    return lambda wildcards, input, attempt: int(
        max(1000, base + per_input * input.size_mb) * 1.6 ** (attempt - 1)
    )


def runtime(minutes, per_input=0.0):
    """A resource function: `minutes` and `per_input` for each MB of input, doubled at each retry."""
    return lambda wildcards, input, attempt: int(
        (minutes + per_input * input.size_mb) * 2 ** (attempt - 1)
    )
