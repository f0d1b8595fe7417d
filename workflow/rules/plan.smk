# Power of a study that is planned, by simulation: the target rule `plan`, no part of a usual run.


rule power:
    output:
        table="<results>/plan/power.tsv",
        figure="<results>/plan/power.svg",
    log:
        "<logs>/plan.log",
    benchmark:
        "<benchmarks>/plan.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 8
    resources:
        mem_mb=mem_mb(4000),
        runtime=runtime(240),
    params:
        plan=RUN.config.plan.model_dump(mode="json"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("power"),
    script:
        "../scripts/power.py"


rule plan:
    input:
        rules.power.output,


localrules:
    plan,
