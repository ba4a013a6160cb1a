#!/usr/bin/env bash
# What Shield, masking, caps and Guardian add to a call: bench/features.sh [rounds] [seconds per figure]. Prints one table; see bench/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/bench/program.sh"
run_bench features "$@"
