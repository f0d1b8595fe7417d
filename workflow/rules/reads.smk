# From FASTQ files to counts: quality and trimming, salmon for bulk, kallisto and bustools for cells.


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
        code=code_of("reads_files"),
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
        code=code_of("reads_reference"),
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
        code=code_of("reads_cells"),
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
        code=code_of("reads_libraries"),
    script:
        "../scripts/reads_libraries.py"
