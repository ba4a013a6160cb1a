#!/usr/bin/env bash
# Runs every test of HiWay from a clean clone: ./test.sh [options of the xUnit runner, e.g. -class HiWay.Tests.Database.MigrationTests]
# Needs the .NET SDK, Node.js and apt (or PostgreSQL and Chromium already installed). The last line sums up.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root" || exit 1
. build/postgres.sh
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

fail() { echo "$1" >&2; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

ensure_chromium() {
    [ -x /usr/bin/chromium ] && return
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || return
    echo "Installing Chromium with apt …" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } > /dev/null
}

ensure_postgres || fail "The tests need a PostgreSQL."
ensure_chromium || fail "The browser tests need Chromium."
# The clients that real programs use; without Node.js those tests show as skipped.
if command -v npm > /dev/null; then
    npm ci --prefix HiWay.Tests/Clients --no-audit --no-fund --loglevel=error || fail "npm ci failed in HiWay.Tests/Clients."
fi

dotnet restore HiWay.sln --locked-mode -v quiet || fail "The packages do not restore as the lock files say."
dotnet build HiWay.sln -c Release --no-restore -nologo -v quiet || fail "The build failed."

passed=0 failed=0 skipped=0
# Adds a suite's own last words to the sums; a suite that ends without them counts as one failure.
run_suite() {
    local name=$1 summary total errors bad skip
    shift
    "$@" 2>&1 | tee "$results/$name.txt"
    summary=$(sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/p' "$results/$name.txt" | tail -1)
    if [ -z "$summary" ]; then
        echo "$name ended without a summary." >&2
        failed=$((failed + 1))
        return
    fi
    read -r total errors bad skip <<< "$summary"
    failed=$((failed + bad + errors)) skipped=$((skipped + skip)) passed=$((passed + total - bad - skip))
}

run_suite HiWay.Tests HiWay.Tests/bin/Release/net10.0/HiWay.Tests -noColor "$@"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
