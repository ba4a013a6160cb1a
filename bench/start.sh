#!/usr/bin/env bash
# How many calls HiWay answers in each second after it has started: bench/start.sh [seconds]; see bench/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/build/postgres.sh"
. "$root/build/app.sh"
ensure_postgres
ensure_app
dotnet build "$root/bench/HiWay.Bench" -c Release -nologo -v quiet -p:RestoreLockedMode=true

# For the load generator alone: answers are read on the thread that waits for them. HiWay is started without these.
export DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT=1
exec "$root/bench/HiWay.Bench/bin/Release/net10.0/HiWay.Bench" start "$app/HiWay.Web.dll" "$@"
