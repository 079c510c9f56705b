#!/bin/bash
# Four real engines for the tests, each in a network namespace of its own, so that no bridge, firewall rule or
# published port of theirs meets the host's or another engine's. Needs root, dockerd, podman and iproute2.
#
#   engines.sh up FOLDER      start them; prints DOCKER_ICC_ON=…, DOCKER_ICC_OFF=…, DOCKER_SWARM=… and DOCKER_PODMAN=…
#                             (socket URLs); the third is in no swarm until swarm.sh makes one
#   engines.sh down FOLDER    end what `up FOLDER` started, with its mounts, namespaces and files
#
# FOLDER: a scratch folder; everything the engines write lies in it. $DOCKER is the docker client used to ask them
# (default: the first `docker` on the path).
set -euo pipefail

DOCKER=${DOCKER:-docker}
usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[[ $# -eq 2 && ($1 == up || $1 == down) ]] || usage
mkdir -p "$2"
FOLDER=$(cd "$2" && pwd -P)

# start NAME COMMAND… : runs COMMAND in a namespace of its own, with its log, pid and namespace noted in FOLDER/NAME
start() {
  local name=$1 home=$FOLDER/$1 namespace=engine-$$-$1
  shift
  ip netns add "$namespace"
  echo "$namespace" >"$home/netns"
  ip -n "$namespace" link set lo up
  # not `ip netns exec`: it mounts /sys anew, and the control groups below it would be gone
  nsenter --net="/var/run/netns/$namespace" -- "$@" </dev/null >"$home/log" 2>&1 &
  echo $! >"$home/pid"
  local tries=0
  until "$DOCKER" --host "unix://$home/docker.sock" version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 120 ] || ! kill -0 "$(cat "$home/pid")" 2>/dev/null; then
      echo "engines.sh: $name does not answer; the end of its log:" >&2
      tail -n 20 "$home/log" >&2
      exit 1
    fi
    sleep 0.25
  done
}

start_dockerd() { # NAME OPTION…
  local name=$1 home=$FOLDER/$1
  shift
  mkdir -p "$home"
  start "$name" dockerd --data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/dockerd.pid" \
    --host "unix://$home/docker.sock" "$@"
}

start_podman() {
  local home=$FOLDER/podman
  mkdir -p "$home"
  # Podman's own defaults raise these two, which a host without CAP_SYS_RESOURCE refuses
  printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' >"$home/containers.conf"
  export CONTAINERS_CONF=$home/containers.conf
  start podman podman --root "$home/data" --runroot "$home/run" --tmpdir "$home/tmp" --cgroup-manager cgroupfs \
    --events-backend file system service --time=0 "unix://$home/docker.sock"
}

up() {
  # the kernel allows 107 bytes for a socket's path, and containerd adds to ours
  if [ ${#FOLDER} -gt 60 ]; then
    echo "engines.sh: $FOLDER is too long for the sockets in it: choose a folder of at most 60 letters" >&2
    exit 2
  fi
  trap 'down' ERR EXIT
  # one after the other: the daemons read and write /etc/docker/key.json when they start
  start_dockerd icc-on
  start_dockerd icc-off --icc=false
  start_dockerd swarm --node-generic-resource gpu=4
  start_podman
  trap - ERR EXIT
  printf 'DOCKER_ICC_ON=unix://%s\n' "$FOLDER/icc-on/docker.sock"
  printf 'DOCKER_ICC_OFF=unix://%s\n' "$FOLDER/icc-off/docker.sock"
  printf 'DOCKER_SWARM=unix://%s\n' "$FOLDER/swarm/docker.sock"
  printf 'DOCKER_PODMAN=unix://%s\n' "$FOLDER/podman/docker.sock"
}

# stop PID: asks it to end, and ends it when it has not after 20 seconds
stop() {
  kill "$1" 2>/dev/null || return 0
  for _ in $(seq 80); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.25
  done
  kill -9 "$1" 2>/dev/null || true
}

down() {
  trap - ERR EXIT
  set +e
  local name home
  for name in icc-on icc-off swarm podman; do
    home=$FOLDER/$name
    [ -d "$home" ] || continue
    # a swarm starts its containers again
    if [ "$name" = swarm ]; then
      timeout 20 "$DOCKER" --host "unix://$home/docker.sock" swarm leave --force >/dev/null 2>&1
    fi
    # a container that is asked politely takes ten seconds to go
    timeout 20 "$DOCKER" --host "unix://$home/docker.sock" ps -q 2>/dev/null |
      timeout 20 xargs -r "$DOCKER" --host "unix://$home/docker.sock" kill >/dev/null 2>&1
    [ -f "$home/pid" ] && stop "$(cat "$home/pid")"
    awk -v below="$home/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 umount -l
    [ -f "$home/netns" ] && ip netns del "$(cat "$home/netns")"
    rm -rf "$home"
  done
}

"$1"
