#!/usr/bin/env bash
# A server of PostgreSQL for tests, as Debian packages it, with its data in DIRECTORY:
#   postgres.sh start DIRECTORY [PORT]   prints the URL of its database, for the superuser `cas`
#   postgres.sh standby DIRECTORY PORT FROM   a copy that follows the server in the directory FROM
#   postgres.sh promote DIRECTORY        makes a standby take writes
#   postgres.sh stop DIRECTORY [MODE]    fast, or immediate: as if its machine had lost power
# Without PORT it listens on a socket in the directory only. SETTINGS: lines of postgresql.conf.
set -euo pipefail

cd /  # where we are may be nobody else's
tools=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
[ -n "$tools" ] || { echo "PostgreSQL is not installed: examples/setup/packages.sh tests" >&2; exit 4; }

# It refuses to be root.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

launch() {
  local directory=$1 port=${2:-5432} addresses=
  [ -z "${2:-}" ] || addresses=127.0.0.1
  as_server "$tools/pg_ctl" start --pgdata="$directory/data" --wait --silent --log="$directory/log" \
    --options="-c unix_socket_directories='$directory' -c listen_addresses='$addresses' -c port=$port" </dev/null >/dev/null
}

start() {
  local directory=$1 port=${2:-5432} data=$1/data
  mkdir -p "$directory"
  if [ ! -e "$data/PG_VERSION" ]; then
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$directory"
    as_server "$tools/initdb" --pgdata="$data" --username=cas --auth=trust --encoding=UTF8 --no-locale --no-sync >/dev/null
    as_server tee -a "$data/postgresql.conf" >/dev/null <<<"max_connections = 300
${SETTINGS:-}"
  fi
  launch "$directory" "${2:-}"
  if [ -n "${2:-}" ]; then
    echo "postgresql://cas@127.0.0.1:$port/postgres"
  else
    echo "postgresql://cas@/postgres?host=$directory&port=$port"
  fi
}

standby() {
  local directory=$1 port=$2 from=$3 source
  source=$(sed -n '4p' "$from/data/postmaster.pid")
  mkdir -p "$directory"
  [ "$(id -u)" != 0 ] || chown postgres:postgres "$directory"
  as_server "$tools/pg_basebackup" --pgdata="$directory/data" --dbname="host=127.0.0.1 port=$source user=cas application_name=standby" \
    --write-recovery-conf --checkpoint=fast --no-sync
  launch "$directory" "$port"
}

case ${1:-} in
  start) start "$2" "${3:-}" ;;
  standby) standby "$2" "$3" "$4" ;;
  promote) as_server "$tools/pg_ctl" promote --pgdata="$2/data" --wait --silent >/dev/null ;;
  stop) as_server "$tools/pg_ctl" stop --pgdata="$2/data" --mode="${3:-fast}" --silent --wait >/dev/null ;;
  *) echo "usage: postgres.sh start|standby|promote|stop DIRECTORY ..." >&2; exit 2 ;;
esac
