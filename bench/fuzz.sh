#!/usr/bin/env bash
# A million spoiled requests, streams and answers of every dialect through the readers and writers, and a few thousand over HTTP: bench/fuzz.sh [cases] [seed] [cases over HTTP].
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/build/postgres.sh"
ensure_postgres
dotnet build "$root/HiWay.Tests" -c Release -nologo -v quiet -p:RestoreLockedMode=true
HIWAY_FUZZ_CASES=${1:-1000000} HIWAY_FUZZ_SEED=${2:-20261125} HIWAY_FUZZ_HTTP=${3:-20000} \
    exec nice "$root/HiWay.Tests/bin/Release/net10.0/HiWay.Tests" -noColor -class 'HiWay.Tests.Fuzz.*' -parallel none -showLiveOutput
