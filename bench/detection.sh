#!/usr/bin/env bash
# How well and how fast personal data, secrets and attacks are found; prints the tables.
set -euo pipefail
cd "$(dirname "$0")/.."
exec dotnet run --project bench/detection -c Release -- "$@"
