# From FASTQ files to counts: quality and trimming, salmon for bulk, kallisto and bustools for cells.

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


rule reads_files:
    input:
        lambda wildcards: unit_of(wildcards).files,
    output:
        "<results>/{cohort}/reads/files/{unit}.tsv",
    log:
        "<logs>/{cohort}/reads_files/{unit}.log",
    benchmark:
        "<benchmarks>/{cohort}/reads_files/{unit}.tsv"
    wildcard_constraints:
        unit=UNIT,
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(60),
    params:
        sample=lambda wildcards: unit_of(wildcards).sample,
        code=source_digest("innervate.reads.files"),
    script:
        "../scripts/reads_files.py"


rule trim_paired:
    input:
        reads=lambda wildcards: unit_of(wildcards).files,
        checked="<results>/{cohort}/reads/files/{unit}.tsv",
    output:
        first=temp("<results>/{cohort}/reads/trimmed/paired/{unit}.R1.fastq.gz"),
        second=temp("<results>/{cohort}/reads/trimmed/paired/{unit}.R2.fastq.gz"),
        json="<results>/{cohort}/reads/fastp/paired/{unit}.fastp.json",
    log:
        "<logs>/{cohort}/trim_paired/{unit}.log",
    benchmark:
        "<benchmarks>/{cohort}/trim_paired/{unit}.tsv"
    wildcard_constraints:
        unit=UNIT,
    conda:
        "../../envs/fastp.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb(3000),
        runtime=runtime(90),
    params:
        # No shorter read has a k-mer of the index.
        length=31,
    shell:
        "fastp --in1 {input.reads[0]:q} --in2 {input.reads[1]:q} "
        "--out1 {output.first:q} --out2 {output.second:q} --json {output.json:q} --html /dev/null "
        "--detect_adapter_for_pe --length_required {params.length} --thread {threads} 2> {log:q}"


rule trim_single:
    input:
        reads=lambda wildcards: unit_of(wildcards).files,
        checked="<results>/{cohort}/reads/files/{unit}.tsv",
    output:
        first=temp("<results>/{cohort}/reads/trimmed/single/{unit}.fastq.gz"),
        json="<results>/{cohort}/reads/fastp/single/{unit}.fastp.json",
    log:
        "<logs>/{cohort}/trim_single/{unit}.log",
    benchmark:
        "<benchmarks>/{cohort}/trim_single/{unit}.tsv"
    wildcard_constraints:
        unit=UNIT,
    conda:
        "../../envs/fastp.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb(3000),
        runtime=runtime(90),
    params:
        length=31,
    shell:
        "fastp --in1 {input.reads[0]:q} --out1 {output.first:q} --json {output.json:q} "
        "--html /dev/null --length_required {params.length} --thread {threads} 2> {log:q}"


# Barcodes and UMIs stay as they are: of single cells' reads the quality is measured, no more.
rule measure_cell_reads:
    input:
        reads=lambda wildcards: unit_of(wildcards).files,
        checked="<results>/{cohort}/reads/files/{unit}.tsv",
    output:
        "<results>/{cohort}/reads/fastp/cells/{unit}.fastp.json",
    log:
        "<logs>/{cohort}/measure_cell_reads/{unit}.log",
    benchmark:
        "<benchmarks>/{cohort}/measure_cell_reads/{unit}.tsv"
    wildcard_constraints:
        unit=UNIT,
    conda:
        "../../envs/fastp.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb(3000),
        runtime=runtime(90),
    shell:
        "fastp --in1 {input.reads[0]:q} --in2 {input.reads[1]:q} --json {output:q} "
        "--html /dev/null --disable_adapter_trimming --disable_trim_poly_g "
        "--disable_quality_filtering --disable_length_filtering --thread {threads} 2> {log:q}"


rule reads_reference:
    input:
        transcriptome=lambda wildcards: REFERENCES[wildcards.reference].transcriptome,
        genome=lambda wildcards: REFERENCES[wildcards.reference].genome,
        annotation=lambda wildcards: REFERENCES[wildcards.reference].annotation,
    output:
        gentrome=temp("<results>/references/{reference}/gentrome.fa"),
        decoys="<results>/references/{reference}/decoys.txt",
        genes="<results>/references/{reference}/transcript_genes.tsv",
    log:
        "<logs>/references/{reference}/reads_reference.log",
    benchmark:
        "<benchmarks>/references/{reference}/reads_reference.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000),
        runtime=runtime(60),
    params:
        code=source_digest("innervate.reads.reference"),
    script:
        "../scripts/reads_reference.py"


rule salmon_index:
    input:
        gentrome="<results>/references/{reference}/gentrome.fa",
        decoys="<results>/references/{reference}/decoys.txt",
    output:
        directory("<results>/references/{reference}/salmon"),
    log:
        "<logs>/references/{reference}/salmon_index.log",
    benchmark:
        "<benchmarks>/references/{reference}/salmon_index.tsv"
    conda:
        "../../envs/salmon.yaml"
    threads: 8
    resources:
        mem_mb=reference_mem(3000, 8),
        runtime=runtime(180),
    shell:
        "salmon index --transcripts {input.gentrome:q} --decoys {input.decoys:q} "
        "--index {output:q} --threads {threads} &> {log:q}"


# Lanes of a library are counted together. salmon is not deterministic to the last digit, with one
# thread neither (its issue 185): what follows is, given its files.
rule salmon_quant:
    input:
        index=lambda wildcards: f"<results>/references/{reference_of(wildcards)}/salmon",
        first=lambda wildcards: trimmed(wildcards, 0),
        second=lambda wildcards: trimmed(wildcards, 1),
    output:
        quant="<results>/{cohort}/reads/salmon/{library}/quant.sf",
        formats="<results>/{cohort}/reads/salmon/{library}/lib_format_counts.json",
        meta="<results>/{cohort}/reads/salmon/{library}/aux_info/meta_info.json",
        lengths="<results>/{cohort}/reads/salmon/{library}/libParams/flenDist.txt",
    log:
        "<logs>/{cohort}/salmon_quant/{library}.log",
    benchmark:
        "<benchmarks>/{cohort}/salmon_quant/{library}.tsv"
    wildcard_constraints:
        library=LIBRARY,
    conda:
        "../../envs/salmon.yaml"
    threads: 8
    resources:
        mem_mb=reference_mem(3000, 7),
        runtime=runtime(120),
    params:
        folder=lambda wildcards, output: Path(output.quant).parent.as_posix(),
        first=lambda wildcards, input: "-1" if input.second else "-r",
        # The lengths of fragments, which the correction goes by, are seen in pairs alone.
        second=lambda wildcards, input: "--gcBias -2" if input.second else "",
    shell:
        "salmon quant --index {input.index:q} --libType A {params.first} {input.first:q} "
        "{params.second} {input.second:q} --validateMappings --threads {threads} "
        "--output {params.folder:q} &> {log:q}"


rule kb_index:
    input:
        genome=lambda wildcards: REFERENCES[wildcards.reference].genome,
        annotation=lambda wildcards: REFERENCES[wildcards.reference].annotation,
    output:
        index="<results>/references/{reference}/kb/index.idx",
        genes="<results>/references/{reference}/kb/genes.txt",
        cdna=temp("<results>/references/{reference}/kb/cdna.fa"),
    log:
        "<logs>/references/{reference}/kb_index.log",
    benchmark:
        "<benchmarks>/references/{reference}/kb_index.tsv"
    conda:
        "../../envs/kb.yaml"
    threads: 8
    resources:
        mem_mb=reference_mem(4000, 5),
        runtime=runtime(180),
    params:
        scratch=lambda wildcards, output: f"{Path(output.index).parent.as_posix()}/scratch",
    shell:
        "rm -rf {params.scratch:q}; "
        "kb ref -i {output.index:q} -g {output.genes:q} -f1 {output.cdna:q} -t {threads} "
        "--tmp {params.scratch:q} {input.genome:q} {input.annotation:q} &> {log:q}"


rule kb_count:
    input:
        index=lambda wildcards: f"<results>/references/{reference_of(wildcards)}/kb/index.idx",
        genes=lambda wildcards: f"<results>/references/{reference_of(wildcards)}/kb/genes.txt",
        reads=lambda wildcards: [file for unit in library_units(wildcards) for file in unit.files],
        checked=lambda wildcards: [
            f"<results>/{wildcards.cohort}/reads/files/{unit.name}.tsv"
            for unit in library_units(wildcards)
        ],
    output:
        matrix="<results>/{cohort}/reads/kb/{library}/counts_unfiltered/cellranger/matrix.mtx.gz",
        barcodes="<results>/{cohort}/reads/kb/{library}/counts_unfiltered/cellranger/barcodes.tsv.gz",
        genes="<results>/{cohort}/reads/kb/{library}/counts_unfiltered/cellranger/genes.tsv.gz",
        called="<results>/{cohort}/reads/kb/{library}/filter_barcodes.txt",
        run="<results>/{cohort}/reads/kb/{library}/run_info.json",
        inspect="<results>/{cohort}/reads/kb/{library}/inspect.json",
    log:
        "<logs>/{cohort}/kb_count/{library}.log",
    benchmark:
        "<benchmarks>/{cohort}/kb_count/{library}.tsv"
    wildcard_constraints:
        library=LIBRARY,
    conda:
        "../../envs/kb.yaml"
    threads: 8
    resources:
        mem_mb=reference_mem(8000, 2),
        runtime=runtime(180),
    params:
        folder=lambda wildcards, output: Path(output.run).parent.as_posix(),
        chemistry=lambda wildcards: KB_CHEMISTRY[library_units(wildcards)[0].chemistry],
    shell:
        "rm -rf {params.folder:q}/tmp; "
        "kb count -i {input.index:q} -g {input.genes:q} -x {params.chemistry} "
        "-o {params.folder:q} --overwrite --filter bustools --cellranger --delete-bus "
        "-t {threads} -m 4G {input.reads:q} &> {log:q}; "
        # The list of all barcodes and the second copy of the counts are larger than the counts.
        "rm -rf {params.folder:q}/*_whitelist.txt {params.folder:q}/counts_filtered "
        "{params.folder:q}/counts_unfiltered/cells_x_genes.mtx"


rule reads_cells:
    input:
        matrix="<results>/{cohort}/reads/kb/{library}/counts_unfiltered/cellranger/matrix.mtx.gz",
        barcodes="<results>/{cohort}/reads/kb/{library}/counts_unfiltered/cellranger/barcodes.tsv.gz",
        genes="<results>/{cohort}/reads/kb/{library}/counts_unfiltered/cellranger/genes.tsv.gz",
        called="<results>/{cohort}/reads/kb/{library}/filter_barcodes.txt",
    output:
        matrix="<results>/{cohort}/reads/cells/{library}/matrix.mtx.gz",
        barcodes="<results>/{cohort}/reads/cells/{library}/barcodes.tsv.gz",
        features="<results>/{cohort}/reads/cells/{library}/features.tsv.gz",
    log:
        "<logs>/{cohort}/reads_cells/{library}.log",
    benchmark:
        "<benchmarks>/{cohort}/reads_cells/{library}.tsv"
    wildcard_constraints:
        library=LIBRARY,
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000, per_input=60),
        runtime=runtime(30),
    params:
        sample=lambda wildcards: library_units(wildcards)[0].sample,
        code=source_digest("innervate.reads.cells"),
    script:
        "../scripts/reads_cells.py"


rule reads_libraries:
    input:
        fastp=lambda wildcards: fastp_reports(wildcards.cohort),
        counted=lambda wildcards: counting_reports(wildcards.cohort),
        formats=lambda wildcards: [
            f"<results>/{wildcards.cohort}/reads/salmon/{library}/lib_format_counts.json"
            for library in libraries_of(wildcards.cohort, "bulk")
        ],
    output:
        "<results>/{cohort}/reads/libraries.tsv",
    log:
        "<logs>/{cohort}/reads_libraries.log",
    benchmark:
        "<benchmarks>/{cohort}/reads_libraries.tsv"
    wildcard_constraints:
        cohort=one_of(UNITS),
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(15),
    params:
        libraries=described_libraries,
        code=source_digest("innervate.reads.libraries"),
    script:
        "../scripts/reads_libraries.py"
