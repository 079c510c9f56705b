# shellcheck shell=bash
# What engines.sh and daemons.sh share: engines in network namespaces of their own. To be sourced, with $FOLDER set to a
# scratch folder, in which each engine has a folder of its name, and $DOCKER to the client that asks whether it is there.

# the kernel allows 107 bytes for a socket's path, and containerd adds to ours
check_folder() {
  if [ ${#FOLDER} -gt 60 ]; then
    echo "$0: $FOLDER is too long for the sockets in it: choose a folder of at most 60 letters" >&2
    exit 2
  fi
}

# host NAME : the engine's address
host() { echo "unix://$FOLDER/$1/docker.sock"; }

# space NAME : makes the engine's folder, and its namespace with nothing but a loopback device
space() {
  local home=$FOLDER/$1 namespace=engine-$$-$1
  mkdir -p "$home"
  ip netns add "$namespace"
  echo "$namespace" >"$home/netns"
  ip -n "$namespace" link set lo up
}

# inside NAME COMMAND… : runs COMMAND in the engine's namespace, and nothing else of this shell's afterwards
inside() {
  # not `ip netns exec`: it mounts /sys anew, and the control groups below it would be gone
  exec nsenter --net="/var/run/netns/$(cat "$FOLDER/$1/netns")" -- "${@:2}"
}

# start NAME COMMAND… : runs COMMAND in the engine's namespace, with its log and pid noted, until it answers
start() {
  local name=$1 home=$FOLDER/$1 tries=0
  shift
  inside "$name" "$@" </dev/null >"$home/log" 2>&1 &
  echo $! >"$home/pid"
  until "$DOCKER" --host "$(host "$name")" version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 120 ] || ! kill -0 "$(cat "$home/pid")" 2>/dev/null; then
      echo "$0: $name does not answer; the end of its log:" >&2
      tail -n 20 "$home/log" >&2
      exit 1
    fi
    sleep 0.25
  done
}

# start_dockerd NAME OPTION… : a dockerd whose files lie in the engine's folder. $WRAPPER is a command that runs it, if
# any; $SOCKET_IN_FILE is not empty if the configuration file tells it of its socket
WRAPPER=() SOCKET_IN_FILE=
start_dockerd() {
  local name=$1 home=$FOLDER/$1 listen=(--host "$(host "$1")")
  shift
  if [ -n "$SOCKET_IN_FILE" ]; then listen=(); fi
  [ -f "$home/netns" ] || space "$name"
  start "$name" "${WRAPPER[@]}" dockerd --data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/dockerd.pid" \
    "${listen[@]}" "$@"
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

# quit NAME : ends the engine, with its containers, mounts, namespace and files; goes on whatever fails
quit() {
  local home=$FOLDER/$1 at
  [ -d "$home" ] || return 0
  at=$(host "$1")
  # a swarm starts its containers again
  if [ "$(timeout 20 "$DOCKER" --host "$at" info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null)" = active ]; then
    timeout 20 "$DOCKER" --host "$at" swarm leave --force >/dev/null 2>&1
  fi
  # a container that is asked politely takes ten seconds to go
  timeout 20 "$DOCKER" --host "$at" ps -q 2>/dev/null | timeout 20 xargs -r "$DOCKER" --host "$at" kill >/dev/null 2>&1
  [ -f "$home/pid" ] && stop "$(cat "$home/pid")"
  awk -v below="$home/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 umount -l
  [ -f "$home/netns" ] && ip netns del "$(cat "$home/netns")"
  rm -rf "$home"
}
