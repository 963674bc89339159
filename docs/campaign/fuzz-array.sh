#!/bin/sh
# A fuzzer's corpora as a job array on Slurm: each task fuzzes with a corpus of its own, then one job merges them into
# the smallest set that covers as much (libFuzzer's -merge=1).
#   docs/campaign/fuzz-array.sh TARGET TASKS MINUTES FOLDER      FOLDER is common to all machines
set -eu
target=$1 tasks=$2 minutes=$3 folder=$4
program=$PWD/build/fuzz/fuzzers/${target}_fuzz
[ -x "$program" ] || { echo "fuzz-array: no $program; build preset fuzz first" >&2; exit 2; }
mkdir -p "$folder/found"
array=$(sbatch --parsable --array="1-$tasks" --output="$folder/log-%a" <<END
#!/bin/sh
mkdir -p "$folder/corpus-\$SLURM_ARRAY_TASK_ID"
exec "$program" -seed="\$SLURM_ARRAY_TASK_ID" -max_total_time=$((minutes * 60)) -timeout=20 \
    -artifact_prefix="$folder/found/" "$folder/corpus-\$SLURM_ARRAY_TASK_ID" "$PWD/fuzz/corpora/$target"
END
)
# afterany: what a task found before it crashed is merged, too. All corpora are read, the first folder gets the result.
sbatch --parsable --dependency="afterany:$array" --output="$folder/log-merge" <<END
#!/bin/sh
mkdir -p "$folder/merged"
exec "$program" -merge=1 "$folder/merged" "$PWD/fuzz/corpora/$target" "$folder"/corpus-*
END
