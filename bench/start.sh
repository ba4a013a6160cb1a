#!/usr/bin/env bash
# How many calls HiWay answers in each second after it has started: bench/start.sh [seconds]; see bench/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/bench/program.sh"
run_bench start "$@"
