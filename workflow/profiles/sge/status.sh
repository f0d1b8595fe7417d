#!/bin/sh
# Says of a Grid Engine job what Snakemake asks: running, success or failed.
# qstat knows jobs that wait or run (state E: it cannot start), qacct those that ended; in between,
# for some seconds, neither does.
if listed=$(qstat -j "$1" 2>/dev/null); then
    case $listed in
        *"error reason"*) qdel "$1" >/dev/null 2>&1; echo failed ;;
        *) echo running ;;
    esac
elif ended=$(qacct -j "$1" 2>/dev/null); then
    echo "$ended" | awk '
        $1 == "failed" || $1 == "exit_status" { bad += $2 != 0 }
        END { print bad ? "failed" : "success" }'
else
    echo running
fi
