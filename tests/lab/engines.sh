#!/bin/bash
# Five real engines for the tests, each in a network namespace of its own, so that no bridge, firewall rule or
# published port of theirs meets the host's or another engine's. Needs root, dockerd, podman and iproute2.
#
#   engines.sh up FOLDER      start them; prints DOCKER_ICC_ON=…, DOCKER_ICC_OFF=…, DOCKER_SWARM=…, DOCKER_CASES=…
#                             and DOCKER_PODMAN=… (socket URLs); the third is in no swarm until swarm.sh makes one,
#                             the fourth is for cases.sh
#   engines.sh down FOLDER    end what `up FOLDER` started, with its mounts, namespaces and files
#
# FOLDER: a scratch folder; everything the engines write lies in it. $DOCKER is the docker client used to ask them
# (default: the first `docker` on the path).
set -euo pipefail

DOCKER=${DOCKER:-docker}
usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[[ $# -eq 2 && ($1 == up || $1 == down) ]] || usage
mkdir -p "$2"
FOLDER=$(cd "$2" && pwd -P)
# shellcheck source=tests/lab/engine.sh
. "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

start_podman() {
  local home=$FOLDER/podman
  space podman
  # Podman's own defaults raise these two, which a host without CAP_SYS_RESOURCE refuses
  printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' >"$home/containers.conf"
  export CONTAINERS_CONF=$home/containers.conf
  start podman podman --root "$home/data" --runroot "$home/run" --tmpdir "$home/tmp" --cgroup-manager cgroupfs \
    --events-backend file system service --time=0 "$(host podman)"
}

up() {
  check_folder
  trap 'down' ERR EXIT
  # one after the other: the daemons read and write /etc/docker/key.json when they start
  start_dockerd icc-on
  start_dockerd icc-off --icc=false
  start_dockerd swarm --node-generic-resource gpu=4
  start_dockerd cases
  start_podman
  trap - ERR EXIT
  printf 'DOCKER_ICC_ON=%s\n' "$(host icc-on)"
  printf 'DOCKER_ICC_OFF=%s\n' "$(host icc-off)"
  printf 'DOCKER_SWARM=%s\n' "$(host swarm)"
  printf 'DOCKER_CASES=%s\n' "$(host cases)"
  printf 'DOCKER_PODMAN=%s\n' "$(host podman)"
}

down() {
  trap - ERR EXIT
  set +e
  local name
  for name in icc-on icc-off swarm cases podman; do quit "$name"; done
}

"$1"
