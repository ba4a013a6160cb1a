#!/usr/bin/env bash
# Measures HiWay against nginx on this machine: bench/run.sh [rounds] [seconds per figure] [small]. Prints one table; see bench/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/bench/program.sh"

if ! command -v nginx > /dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || { echo "The bench compares with nginx, which is not installed." >&2; exit 1; }
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light; } > /dev/null
fi
run_bench run "$@"
