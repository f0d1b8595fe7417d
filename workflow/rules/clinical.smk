# The clinic: declared columns read and harmonized, joined to the circuit, associations tested.


localrules:
    clinical_table,


rule clinical_table:
    input:
        files_of("clinical"),
    output:
        clinical="<results>/{cohort}/clinical/clinical.tsv",
        over_time="<results>/{cohort}/clinical/pain_over_time.tsv",
        exclusions="<results>/{cohort}/clinical/table_exclusions.tsv",
    log:
        "<logs>/{cohort}/clinical_table.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_table.tsv"
    wildcard_constraints:
        cohort=one_of(WITH_CLINICAL),
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(5),
    params:
        cohort=cohort_part("clinical"),
        cohort_file=cohort_file,
        code=code_of("clinical_table"),
    script:
        "../scripts/clinical_table.py"


rule clinical_associations:
    input:
        clinical="<results>/{cohort}/clinical/clinical.tsv",
        over_time="<results>/{cohort}/clinical/pain_over_time.tsv",
        table_exclusions="<results>/{cohort}/clinical/table_exclusions.tsv",
        patients="<results>/{cohort}/circuit/patients.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
    output:
        joined="<results>/{cohort}/clinical/joined.tsv",
        associations="<results>/{cohort}/clinical/associations.tsv",
        survival="<results>/{cohort}/clinical/survival.tsv",
        curves="<results>/{cohort}/clinical/survival_curves.tsv",
        exclusions="<results>/{cohort}/clinical/exclusions.tsv",
    log:
        "<logs>/{cohort}/clinical_associations.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_associations.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=20),
        runtime=runtime(30, per_input=5),
    params:
        cohort=cohort_part("clinical"),
        settings=setting("clinical"),
        code=code_of("clinical_associations"),
    script:
        "../scripts/clinical_associations.py"


rule clinical_biomarkers:
    input:
        joined="<results>/{cohort}/clinical/joined.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
    output:
        "<results>/{cohort}/clinical/biomarkers.tsv",
    log:
        "<logs>/{cohort}/clinical_biomarkers.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_biomarkers.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=20),
        runtime=runtime(30, per_input=5),
    params:
        cohort=cohort_part("clinical"),
        settings=setting("clinical"),
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        resources=resources_of("gene_sets/sets_human.tsv"),
        code=code_of("clinical_biomarkers"),
    script:
        "../scripts/clinical_biomarkers.py"


rule clinical_missing:
    input:
        joined="<results>/{cohort}/clinical/joined.tsv",
        associations="<results>/{cohort}/clinical/associations.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
    output:
        missing="<results>/{cohort}/clinical/missing.tsv",
        imputed="<results>/{cohort}/clinical/imputed.tsv",
    log:
        "<logs>/{cohort}/clinical_missing.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_missing.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=20),
        runtime=runtime(60, per_input=30),
    params:
        cohort=cohort_part("clinical"),
        settings=setting("clinical"),
        seed=RUN.config.seed,
        code=code_of("clinical_missing"),
    script:
        "../scripts/clinical_missing.py"


rule clinical_survival_models:
    input:
        joined="<results>/{cohort}/clinical/joined.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
    output:
        "<results>/{cohort}/clinical/survival_models.tsv",
    log:
        "<logs>/{cohort}/clinical_survival_models.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_survival_models.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000, per_input=20),
        runtime=runtime(60, per_input=30),
    params:
        cohort=cohort_part("clinical"),
        settings=setting("clinical"),
        seed=RUN.config.seed,
        code=code_of("clinical_survival_models"),
    script:
        "../scripts/clinical_survival_models.py"


rule clinical_prediction:
    input:
        joined="<results>/{cohort}/clinical/joined.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
        bulk=where(WITH_BULK, "bulk/bulk.h5ad"),
    output:
        prediction="<results>/{cohort}/clinical/prediction.tsv",
        roc="<results>/{cohort}/clinical/roc.tsv",
        calibration="<results>/{cohort}/clinical/calibration.tsv",
        decision="<results>/{cohort}/clinical/decision.tsv",
        interactions="<results>/{cohort}/clinical/interactions.tsv",
    log:
        "<logs>/{cohort}/clinical_prediction.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_prediction.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=8),
        runtime=runtime(60, per_input=0.5),
    params:
        cohort=cohort_part("clinical", "baseline"),
        settings=setting("clinical"),
        scoring=setting("scoring"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        resources=resources_of("gene_sets/sets_{species}.tsv", "clinical/baselines.tsv"),
        code=code_of("clinical_prediction"),
    script:
        "../scripts/clinical_prediction.py"


rule clinical_actionability:
    input:
        joined="<results>/{cohort}/clinical/joined.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
    output:
        agents="<results>/{cohort}/clinical/agents.tsv",
        trials="<results>/{cohort}/clinical/trials.tsv",
    log:
        "<logs>/{cohort}/clinical_actionability.log",
    benchmark:
        "<benchmarks>/{cohort}/clinical_actionability.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=20),
        runtime=runtime(60, per_input=30),
    params:
        cohort=cohort_part("clinical", "trials"),
        settings=setting("clinical"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        resources=resources_of("clinical/agents.tsv"),
        code=code_of("clinical_actionability"),
    script:
        "../scripts/clinical_actionability.py"
