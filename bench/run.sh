#!/usr/bin/env bash
# Measures HiWay against nginx on this machine: bench/run.sh [rounds] [seconds per figure] [small]. Prints one table; see bench/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/build/postgres.sh"
. "$root/build/app.sh"

if ! command -v nginx > /dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || { echo "The bench compares with nginx, which is not installed." >&2; exit 1; }
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light; } > /dev/null
fi
ensure_postgres
ensure_app
dotnet build "$root/bench/HiWay.Bench" -c Release -nologo -v quiet -p:RestoreLockedMode=true

# For the load generator alone: answers are read on the thread that waits for them. HiWay is started without these.
export DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT=1
exec "$root/bench/HiWay.Bench/bin/Release/net10.0/HiWay.Bench" run "$app/HiWay.Web.dll" "$@"
