# Inputs that a cohort file names by address (https://, s3://, ftp://, gs://), through Snakemake's
# storage plugins. A copy that is here is not fetched again, and nothing asks the network before.


rule fetch_file:
    output:
        "data/{cohort}/fetched/{file}",
    log:
        "<logs>/{cohort}/fetch/{file}.log",
    benchmark:
        "<benchmarks>/{cohort}/fetch/{file}.tsv"
    wildcard_constraints:
        cohort=one_of(WITH_REMOTE),
        file=".+",
    # It tries again by itself where that can help, and not where a checksum is wrong.
    retries: 0
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(240),
    params:
        address=remote_address,
        checksum=remote_checksum,
    run:
        fetch_input(stored, params.address, output[0], params.checksum, log[0])


# All inputs by address, for a machine that has the network before those that compute.
rule fetch:
    input:
        [
            path
            for name in WITH_REMOTE
            for path in dict.fromkeys([*RUN.remote[name].files, *fetched_files(RUN.cohorts[name])])
        ],


localrules:
    fetch,
    fetch_file,
