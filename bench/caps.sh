#!/usr/bin/env bash
# The proof that caps hold, on one node and on three, over 20 seeds; a node is killed in every second run with three: bench/caps.sh [seeds].
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/build/postgres.sh"
ensure_postgres
dotnet build "$root/HiWay.Tests" -c Release -nologo -v quiet -p:RestoreLockedMode=true
HIWAY_CAP_PROOF_SEEDS=${1:-20} exec "$root/HiWay.Tests/bin/Release/net10.0/HiWay.Tests" -noColor -class HiWay.Tests.Budgets.CapProof -parallel none -showLiveOutput
