# Sourced by run.sh, features.sh and start.sh: builds HiWay and the bench, and runs a mode of it.

. "$root/build/postgres.sh"
. "$root/build/app.sh"

# Becomes the bench: run_bench <mode> [its arguments]
run_bench() {
    local mode=$1
    shift
    ensure_postgres
    ensure_app
    dotnet build "$root/bench/HiWay.Bench" -c Release -nologo -v quiet -p:RestoreLockedMode=true

    # For the load generator alone: answers are read on the thread that waits for them. HiWay is started without these.
    export DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT=1
    exec "$root/bench/HiWay.Bench/bin/Release/net10.0/HiWay.Bench" "$mode" "$app/HiWay.Web.dll" "$@"
}
