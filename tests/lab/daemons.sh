#!/bin/bash
# The cases of the table of verdicts that need a daemon of their own: starts throw-away daemons, each in a network
# namespace of its own, with the settings of the cases; judges the cases; ends them. Three at a time.
#
#   daemons.sh FOLDER [ENGINE]
#
# Prints a line a case: its name, the status, the reason (see judge.py); the status is SKIPPED for what cannot be had
# here. FOLDER: a scratch folder. ENGINE: one of those below, without its play_; all if none is named.
# $DOCKER     the docker client (default: the first `docker` on the path)
# $COMPLIANCE, $COMPLIANCE_OPTIONS: the command that judges, see judge.py
# shellcheck disable=SC2317 # the functions are called by their names
set -euo pipefail

DOCKER=${DOCKER:-docker}
usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[[ $# -eq 1 || $# -eq 2 ]] || usage
mkdir -p "$1"
FOLDER=$(cd "$1" && pwd -P)
shift
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/engine.sh
. "$LAB/engine.sh"

# daemon NAME JSON OPTION… : a daemon with this daemon.json
daemon() {
  mkdir -p "$FOLDER/$1"
  printf '%s\n' "$2" >"$FOLDER/$1/daemon.json"
  start_dockerd "$1" --config-file "$FOLDER/$1/daemon.json" "${@:3}"
}
client() { "$DOCKER" --host "$(host "$1")" "${@:2}"; }
judge() { "$LAB/judge.py" "$(host "$1")" "${@:2}"; }

# base NAME : an image with a program that waits
base() {
  local root
  root=$(mktemp -d)
  mkdir -p "$root/bin"
  cp "$(command -v busybox)" "$root/bin/busybox"
  tar -C "$root" -c . | client "$1" import -c 'ENTRYPOINT ["/bin/busybox", "sleep", "86400"]' - base >/dev/null
  rm -rf "$root"
}
# container NAME CASE VERB OPTION… : the container of a case
container() { client "$1" "$3" --name "case-$2" "${@:4}" base >/dev/null; }

play_icc() {
  daemon icc '{"icc": false}'
  judge icc 2.2b
}

play_none() {
  daemon none '{}' --bridge=none
  base none
  container none 5.30e run --detach
  judge none 2.2c 5.30e
}

play_noneicc() {
  daemon noneicc '{"bridge": "none", "icc": false}'
  judge noneicc 2.2d
}

play_ipv6() {
  daemon ipv6 '{"icc": false, "ipv6": true, "fixed-cidr-v6": "fd00:77::/64"}'
  judge ipv6 2.2k
}

# a container goes on while its daemon is away, and holds the bridge as it was
play_restore() {
  daemon restore '{"live-restore": true}'
  base restore
  container restore 2.2n run --detach
  judge restore 2.15b
  stop "$(cat "$FOLDER/restore/pid")"
  daemon restore '{"live-restore": true, "icc": false}'
  judge restore 2.2n
}

# settings of which no one changes what another's control reads
play_open() {
  daemon open '{"debug": true, "experimental": true, "authorization-plugins": [], "log-driver": "none",
    "insecure-registries": ["myreg.example:5000"]}'
  judge open 2.3f 2.5c 2.12b 2.13c 2.18b
}

play_firm() {
  mkdir -p "$FOLDER/firm"
  printf '{"defaultAction": "SCMP_ACT_ALLOW"}\n' >"$FOLDER/firm/sec.json"
  daemon firm '{"no-new-privileges": true, "seccomp-profile": "'"$FOLDER/firm/sec.json"'", "log-driver": "syslog",
    "insecure-registries": ["10.0.0.0/8"], "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 100, "Hard": 200}}}'
  base firm
  container firm 5.19d create
  container firm 5.26g create
  judge firm 2.5d 2.13e 2.14c 2.17c 5.19d 5.26g
}

# every address, of which its namespace has the loopback's and its bridge's. Over TCP the API is all that is seen
play_tcp() {
  daemon tcp '{"icc": false}' --host tcp://0.0.0.0:2375
  judge tcp 2.7c
  (inside tcp "$LAB/judge.py" tcp://127.0.0.1:2375 2.4e)
}

play_tls() {
  local home=$FOLDER/tls
  mkdir -p "$home"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$home/key.pem" -out "$home/cert.pem" \
    2>"$home/openssl.log"
  SOCKET_IN_FILE=yes
  daemon tls '{"hosts": ["'"$(host tls)"'", "tcp://0.0.0.0:2376"], "tls": true, "tlsverify": false,
    "tlscert": "'"$home/cert.pem"'", "tlskey": "'"$home/key.pem"'"}'
  judge tls 2.7d
}

# subordinate users as this namespace sees them: the host's /etc stays as it is
play_userns() {
  if ! unshare --user true; then
    printf '%s\tSKIPPED\tno user namespace can be made here\n' 5.31a 5.31b
    return
  fi
  local home=$FOLDER/userns
  mkdir -p "$home"
  printf '%s:100000:65536\n' nobody nogroup >"$home/subid"
  # shellcheck disable=SC2016 # for the inner shell
  WRAPPER=(unshare --mount sh -c 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"' "$home/subid")
  daemon userns '{"userns-remap": "nobody:nogroup"}'
  base userns
  container userns 5.31a create
  container userns 5.31b create --userns host
  judge userns 5.31a 5.31b
}

play_swarm() {
  daemon swarm '{}'
  client swarm swarm init --advertise-addr 127.0.0.1 >/dev/null
  judge swarm 7.1b 7.2b 7.3c 7.5c 7.8a
}

play_swarm2() {
  daemon swarm2 '{}'
  ip -n "$(cat "$FOLDER/swarm2/netns")" address add 10.9.9.1/32 dev lo
  client swarm2 swarm init --advertise-addr 10.9.9.1 --listen-addr 10.9.9.1 --autolock --cert-expiry 48h >/dev/null
  client swarm2 network create --driver overlay --opt encrypted case-7-3b >/dev/null
  judge swarm2 7.2c 7.3b 7.5b 7.7c
}

check_folder
"${COMPLIANCE:-docker-compliance}" --version >/dev/null
if [ $# = 1 ]; then
  name=$1
  trap 'set +e; quit "$name"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  "play_$name"
else
  declare -F | sed -n 's/^declare -f play_//p' | xargs -P 3 -n 1 "${BASH_SOURCE[0]}" "$FOLDER"
fi
