#!/usr/bin/env bash
# Starts HiWay: ./run.sh [--urls http://127.0.0.1:5080] [any other setting of the application]
# Needs the .NET SDK; builds when sources have changed since the last time. Ctrl+C or SIGTERM stops it cleanly.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/build/postgres.sh"

command -v dotnet > /dev/null || { echo "HiWay needs the .NET SDK 10: https://dotnet.microsoft.com/download" >&2; exit 1; }
[[ -n "${ConnectionStrings__HiWay:-}" || "$*" == *ConnectionStrings:HiWay* ]] || ensure_postgres

# A fingerprint of the contents, as "nothing to do" takes the build itself five seconds to find out.
fingerprint=$(cd "$root" && { find HiWay.Domain HiWay.Infrastructure HiWay.Web build docs appsettings.json global.json Directory.* \
    \( -name bin -o -name obj -o -name _framework \) -prune -o -type f -print0 2> /dev/null || true; } | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
app="$root/artifacts/app"
if [ "$fingerprint" != "$(cat "$app/.fingerprint" 2> /dev/null || true)" ]; then
    echo "Building HiWay; this takes a minute or two …" >&2
    rm -rf "$app.new"
    log=$(mktemp)
    dotnet publish "$root/HiWay.Web" -c Release -o "$app.new" -p:RestoreLockedMode=true -nologo -v quiet > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
    rm -f "$log"
    printf '%s' "$fingerprint" > "$app.new/.fingerprint"
    rm -rf "$app"
    mv "$app.new" "$app"
fi

export HIWAY_DATA_DIR="${HIWAY_DATA_DIR:-$root/.data}"
# Provider addresses on private networks are fine here, as only this machine can reach HiWay itself.
export Egress__AllowPrivateNetworks="${Egress__AllowPrivateNetworks:-true}"
# Logs for a person at a terminal; without this they are JSON, one line each.
export Logging__Console__FormatterName="${Logging__Console__FormatterName:-simple}"
exec dotnet "$app/HiWay.Web.dll" "$@"
