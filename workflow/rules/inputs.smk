# From the cohort file and the tables it points to, to one sample table and one matrix.


# Small tables that are read and put together: a cluster job would wait and start for longer than
# it works.
localrules:
    samples,
    genes,
    exclusions,


rule simulate_cohort:
    output:
        samples="data/{cohort}/samples.tsv",
        counts="data/{cohort}/counts.tsv.gz",
        clinical="data/{cohort}/clinical.tsv",
        pain_later="data/{cohort}/pain_later.tsv",
        truth_samples="data/{cohort}/truth_samples.tsv",
        truth_effects="data/{cohort}/truth_effects.tsv",
        truth_cells="data/{cohort}/truth_cells.tsv.gz",
        truth_copy_numbers="data/{cohort}/truth_copy_numbers.tsv",
        cells=directory("data/{cohort}/cells"),
    log:
        "<logs>/{cohort}/simulate_cohort.log",
    benchmark:
        "<benchmarks>/{cohort}/simulate_cohort.tsv"
    wildcard_constraints:
        cohort=one_of(SIMULATED),
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000),
        runtime=runtime(10),
    params:
        simulation=lambda wildcards: RUN.cohorts[wildcards.cohort].simulation.model_dump(
            mode="json"
        ),
        seed=RUN.config.seed,
        resources=resources_of("genes/human.tsv.gz", "gene_sets/sets_human.tsv"),
        code=code_of("simulate_cohort"),
    script:
        "../scripts/simulate_cohort.py"


rule samples:
    input:
        files_of("samples"),
    output:
        samples="<results>/{cohort}/inputs/samples.tsv",
        exclusions="<results>/{cohort}/inputs/exclusions.tsv",
    log:
        "<logs>/{cohort}/samples.log",
    benchmark:
        "<benchmarks>/{cohort}/samples.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(5),
    params:
        cohort=sheet,
        cohort_file=cohort_file,
        code=code_of("samples"),
    script:
        "../scripts/samples.py"


rule bulk_matrix:
    input:
        files_of("bulk"),
        samples="<results>/{cohort}/inputs/samples.tsv",
        quants=lambda wildcards: [
            f"<results>/{wildcards.cohort}/reads/salmon/{library}/quant.sf"
            for library in libraries_of(wildcards.cohort, "bulk")
        ],
        transcripts=lambda wildcards: (
            f"<results>/references/{reference_of(wildcards)}/transcript_genes.tsv"
            if libraries_of(wildcards.cohort, "bulk")
            else []
        ),
    output:
        counts="<results>/{cohort}/bulk/counts.h5ad",
        genes="<results>/{cohort}/bulk/genes.tsv",
        exclusions="<results>/{cohort}/bulk/matrix_exclusions.tsv",
    log:
        "<logs>/{cohort}/bulk_matrix.log",
    benchmark:
        "<benchmarks>/{cohort}/bulk_matrix.tsv"
    wildcard_constraints:
        cohort=one_of(WITH_BULK),
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=60),
        runtime=runtime(15, per_input=0.2),
    params:
        cohort=bulk_matrices,
        libraries=quantified,
        cohort_file=cohort_file,
        resources=resources_of("genes/{species}.tsv.gz"),
        code=code_of("bulk_matrix"),
    script:
        "../scripts/bulk_matrix.py"


rule genes:
    input:
        lambda wildcards: gene_tables(wildcards.cohort),
    output:
        "<results>/{cohort}/inputs/genes.tsv",
    log:
        "<logs>/{cohort}/genes.log",
    benchmark:
        "<benchmarks>/{cohort}/genes.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(5),
    params:
        code=code_of("genes"),
    script:
        "../scripts/genes.py"


rule exclusions:
    input:
        lambda wildcards: exclusion_tables(wildcards.cohort),
    output:
        "<results>/{cohort}/exclusions.tsv",
    log:
        "<logs>/{cohort}/exclusions.log",
    benchmark:
        "<benchmarks>/{cohort}/exclusions.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(5),
    params:
        code=code_of("exclusions"),
    script:
        "../scripts/exclusions.py"
