# What the rules on reads share: libraries and their lanes, and where their files are.

UNITS = {
    name: read_units(cohort, check_samples(cohort, cohort.title)[0])[0]
    for name, cohort in RUN.cohorts.items()
    if cohort.reads
}
REFERENCES = {RUN.cohorts[name].reads.reference: RUN.cohorts[name].reads for name in UNITS}
KB_CHEMISTRY = {"10x_v2": "10XV2", "10x_v3": "10XV3"}
UNIT = r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*){2}"
LIBRARY = r"[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_-]*"
GZIPPED = 4
"""How much larger a FASTA is than its gzipped file."""


def unit_of(wildcards):
    """The FASTQ files that a wildcard stands for."""
    return next(unit for unit in UNITS[wildcards.cohort] if unit.name == wildcards.unit)


def libraries_of(name, assay):
    """Units of each library of a cohort, in the order of the table."""
    libraries = {}
    for unit in UNITS.get(name, []):
        if unit.assay == assay:
            libraries.setdefault(unit.library, []).append(unit)
    return libraries


def library_units(wildcards):
    """Units of the library that a wildcard stands for."""
    return [unit for unit in UNITS[wildcards.cohort] if unit.library == wildcards.library]


def reference_of(wildcards):
    """The reference that a cohort, or a wildcard itself, names."""
    if hasattr(wildcards, "reference"):
        return wildcards.reference
    return RUN.cohorts[wildcards.cohort].reads.reference


def trimmed(wildcards, end):
    """The trimmed first (0) or second (1) reads of a bulk library; of single ones no second."""
    folder, ends = f"<results>/{wildcards.cohort}/reads/trimmed", {
        "paired": (".R1", ".R2"),
        "single": ("",),
    }
    return [
        f"{folder}/{unit.layout}/{unit.name}{ends[unit.layout][end]}.fastq.gz"
        for unit in library_units(wildcards)
        if end < len(ends[unit.layout])
    ]


def fastp_report(name, unit):
    """fastp's report on a unit."""
    kind = unit.layout if unit.assay == "bulk" else "cells"
    return f"<results>/{name}/reads/fastp/{kind}/{unit.name}.fastp.json"


def fastp_reports(name):
    """fastp's reports on all units of a cohort, library by library, bulk first."""
    return [
        fastp_report(name, unit)
        for assay in ("bulk", "single_cell")
        for units in libraries_of(name, assay).values()
        for unit in units
    ]


def counting_reports(name):
    """salmon's and kallisto's reports on the libraries of a cohort, in the same order."""
    folder = f"<results>/{name}/reads"
    return [
        *(f"{folder}/salmon/{key}/aux_info/meta_info.json" for key in libraries_of(name, "bulk")),
        *(f"{folder}/kb/{key}/run_info.json" for key in libraries_of(name, "single_cell")),
    ]


def read_reports(name):
    """What fastp, salmon and bustools report of a cohort's libraries, as MultiQC takes it up."""
    cells = libraries_of(name, "single_cell")
    inspected = [f"<results>/{name}/reads/kb/{library}/inspect.json" for library in cells]
    return [*fastp_reports(name), *counting_reports(name), *inspected]


def described_libraries(wildcards, input):
    """A params function: what is declared of each library, and its reports."""
    described, reports = [], iter(input.fastp)
    libraries = [
        units
        for assay in ("bulk", "single_cell")
        for units in libraries_of(wildcards.cohort, assay).values()
    ]
    for units, counted in zip(libraries, input.counted, strict=True):
        one = units[0]
        described.append(
            {
                "sample": one.sample,
                "replicate": one.replicate,
                "assay": one.assay,
                "layout": one.layout,
                "declared": one.strandedness,
                "fastp": [next(reports) for _ in units],
                "counted": counted,
            }
        )
    return described


def quantified(wildcards, input):
    """A params function: the counts of each library of each bulk sample, where reads give them."""
    samples = {}
    libraries = libraries_of(wildcards.cohort, "bulk").values()
    for units, path in zip(libraries, input.quants, strict=True):
        samples.setdefault(units[0].sample, []).append(path)
    return samples


def counted_cells(wildcards):
    """Files of a single-cell sample that is counted from reads: its cells, then all droplets."""
    folder, sample = f"<results>/{wildcards.cohort}/reads", cell_sample_name(wildcards)
    libraries = libraries_of(wildcards.cohort, "single_cell")
    library = next(key for key, units in libraries.items() if units[0].sample == sample)
    return [
        f"{folder}/cells/{library}/matrix.mtx.gz",
        f"{folder}/kb/{library}/counts_unfiltered/cellranger/matrix.mtx.gz",
    ]


def reference_mem(base, per_fasta):
    """A resource function: `base` MB and `per_fasta` MB for each MB of FASTA, grown on retry."""

    def mem(wildcards, attempt):
        reads = REFERENCES[reference_of(wildcards)]
        files = [Path(file) for file in (reads.genome, reads.transcriptome) if file]
        sizes = [
            file.stat().st_size / 1e6 * (GZIPPED if file.suffix == ".gz" else 1)
            for file in files
            if file.is_file()
        ]
        return int((base + per_fasta * sum(sizes)) * 1.6 ** (attempt - 1))

    return mem
