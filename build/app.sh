# Sourced by run.sh and bench/program.sh: publishes the application into artifacts/app when its sources have changed.

app="$root/artifacts/app"

publish() {
    rm -rf "$app.new"
    dotnet publish "$root/HiWay.Web" -c Release -o "$app.new" -p:RestoreLockedMode=true -nologo -v quiet ${1:+"$1"}
}

ensure_app() {
    command -v dotnet > /dev/null || { echo "HiWay needs the .NET SDK 10: https://dotnet.microsoft.com/download" >&2; return 1; }

    # A fingerprint of the contents, as "nothing to do" takes the build itself five seconds to find out.
    local fingerprint log code=""
    fingerprint=$(cd "$root" && { find HiWay.Domain HiWay.Infrastructure HiWay.Web build/BlazorScript docs appsettings.json global.json Directory.* \
        \( -name bin -o -name obj -o -name _framework \) -prune -o -type f -print0 2> /dev/null || true; } | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
    [ "$fingerprint" != "$(cat "$app/.fingerprint" 2> /dev/null || true)" ] || return 0

    echo "Building HiWay; this takes one to four minutes …" >&2
    log=$(mktemp)
    # With machine code a start takes a second or two less. Where the package that makes it cannot be had, HiWay compiles while it runs.
    if [ "$(uname -sm)" = "Linux x86_64" ]; then code=-p:WithMachineCode=true; fi
    publish "$code" > "$log" 2>&1 || { [ -n "$code" ] && publish "" > "$log" 2>&1; } || { cat "$log" >&2; return 1; }
    rm -f "$log"
    printf '%s' "$fingerprint" > "$app.new/.fingerprint"
    rm -rf "$app"
    mv "$app.new" "$app"
}
