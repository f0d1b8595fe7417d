# Bulk RNA-seq: quality control, normalization, differential expression, enrichment.


rule bulk_qc:
    input:
        counts="<results>/{cohort}/bulk/counts.h5ad",
    output:
        qc=report(
            "<results>/{cohort}/bulk/qc.tsv",
            caption="../report/qc.rst",
            category="{cohort}",
            subcategory="Quality control",
            labels={"what": "Bulk samples"},
        ),
        pca="<results>/{cohort}/bulk/pca.tsv",
        exclusions="<results>/{cohort}/bulk/qc_exclusions.tsv",
    log:
        "<logs>/{cohort}/bulk_qc.log",
    benchmark:
        "<benchmarks>/{cohort}/bulk_qc.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=6),
        runtime=runtime(15, per_input=0.1),
    params:
        settings=setting("bulk_qc"),
        seed=RUN.config.seed,
        resources=resources_of("gene_sets/sets_{species}.tsv"),
        code=code_of("bulk_qc"),
    script:
        "../scripts/bulk_qc.py"


rule bulk_normalize:
    input:
        counts="<results>/{cohort}/bulk/counts.h5ad",
        qc="<results>/{cohort}/bulk/qc.tsv",
    output:
        "<results>/{cohort}/bulk/bulk.h5ad",
    log:
        "<logs>/{cohort}/bulk_normalize.log",
    benchmark:
        "<benchmarks>/{cohort}/bulk_normalize.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000, per_input=10),
        runtime=runtime(30, per_input=0.2),
    params:
        code=code_of("bulk_normalize"),
    script:
        "../scripts/bulk_normalize.py"


rule bulk_de:
    input:
        "<results>/{cohort}/bulk/bulk.h5ad",
    output:
        de=report(
            "<results>/{cohort}/bulk/de/{contrast}.tsv",
            caption="../report/de.rst",
            category="{cohort}",
            subcategory="Differential expression",
            labels={"what": "Contrast {contrast}"},
        ),
        exclusions="<results>/{cohort}/bulk/de_exclusions/{contrast}.tsv",
    log:
        "<logs>/{cohort}/bulk_de/{contrast}.log",
    benchmark:
        "<benchmarks>/{cohort}/bulk_de/{contrast}.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb(2000, per_input=10),
        runtime=runtime(60, per_input=0.2),
    params:
        contrast=contrast,
        settings=setting("differential_expression"),
        code=code_of("bulk_de"),
    script:
        "../scripts/bulk_de.py"


rule bulk_gsea:
    input:
        de="<results>/{cohort}/bulk/de/{contrast}.tsv",
        collections=lambda wildcards: list(user_collections(wildcards).values()),
    output:
        gsea="<results>/{cohort}/bulk/gsea/{contrast}.tsv",
        exclusions="<results>/{cohort}/bulk/gsea_exclusions/{contrast}.tsv",
    log:
        "<logs>/{cohort}/bulk_gsea/{contrast}.log",
    benchmark:
        "<benchmarks>/{cohort}/bulk_gsea/{contrast}.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb(2000, per_input=100),
        runtime=runtime(30, per_input=5),
    params:
        names=lambda wildcards: list(user_collections(wildcards)),
        species=lambda wildcards: RUN.cohorts[wildcards.cohort].species,
        resources=resources_of("gene_sets/circuit_{species}.gmt"),
        settings=setting("enrichment"),
        seed=RUN.config.seed,
        code=code_of("bulk_gsea"),
    script:
        "../scripts/bulk_gsea.py"
