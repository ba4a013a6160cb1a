#!/usr/bin/env bash
# Starts HiWay: ./run.sh [--urls http://127.0.0.1:5080] [any other setting of the application]
# Needs the .NET SDK; builds when sources have changed since the last time. Ctrl+C or SIGTERM stops it cleanly.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$root/build/postgres.sh"
. "$root/build/app.sh"

[[ -n "${ConnectionStrings__HiWay:-}" || "$*" == *ConnectionStrings:HiWay* ]] || ensure_postgres

ensure_app

export HIWAY_DATA_DIR="${HIWAY_DATA_DIR:-$root/.data}"
# Provider addresses on private networks are fine here, as only this machine can reach HiWay itself.
export Egress__AllowPrivateNetworks="${Egress__AllowPrivateNetworks:-true}"
# Logs for a person at a terminal; without this they are JSON, one line each.
export Logging__Console__FormatterName="${Logging__Console__FormatterName:-simple}"
exec dotnet "$app/HiWay.Web.dll" "$@"
