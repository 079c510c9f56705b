#!/bin/bash
# The container lab: containers, networks and volumes that differ in what the controls look at, on the engine at
# $DOCKER_HOST. Every object carries the label lab=1, and `down` removes those and no others.
#
#   lab.sh up|down|status|images
#
# $DOCKER     the docker client (default: the first `docker` on the path; two versions of it may be there)
# $LAB_DIR    a scratch folder on the engine's host, for the shared mount
# $LAB_SKIP   containers to leave out, as a list of names: those that this engine cannot start
# Images are made here from the host's static busybox: nothing is pulled.
set -euo pipefail

DOCKER=${DOCKER:-docker}
usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
docker() { command "$DOCKER" "$@"; }
LABEL=(--label lab=1)
BASE=lab/base:1.0
HARD=lab/hard:1.0

down() {
  docker ps -aq --filter label=lab=1 | xargs -r "$DOCKER" rm -f >/dev/null
  docker network ls -q --filter label=lab=1 | xargs -r "$DOCKER" network rm >/dev/null
  docker volume ls -q --filter label=lab=1 | xargs -r "$DOCKER" volume rm >/dev/null
  docker images -q --filter label=lab=1 | sort -u | xargs -r "$DOCKER" rmi -f >/dev/null
  if mountpoint -q "$LAB_DIR/shared"; then umount "$LAB_DIR/shared"; fi
}

images() {
  local root tool
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,etc,tmp,data,proc,sys,dev}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for tool in sh sleep ls cat echo wget httpd true false ps id; do ln -s busybox "$root/bin/$tool"; done
  printf 'root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\napp:x:1000:\n' >"$root/etc/group"
  image "$root" "$BASE"
  local hard=(-c 'USER app' -c 'ENV A=b PASSWORD=hunter2' -c 'EXPOSE 8080/tcp' -c 'VOLUME /data' -c 'WORKDIR /tmp')
  # Podman's import knows no health check
  image "$root" "$HARD" "${hard[@]}" -c 'HEALTHCHECK --interval=30s CMD /bin/true' 2>/dev/null ||
    image "$root" "$HARD" "${hard[@]}"
  docker tag "$HARD" lab/hard:latest
  docker tag "$HARD" registry.example.com:5000/team/hard:2.0
  rm -rf "$root"
}

image() { # FOLDER NAME CHANGE…
  local root=$1 name=$2
  shift 2
  tar -C "$root" -c . | docker import -c 'CMD ["/bin/sleep","86400"]' -c 'LABEL lab=1' "$@" - "$name" >/dev/null
}

FAILED=0
# run NAME ARGUMENT… : a running container; one that an engine cannot start is reported and the rest goes on
run() { begin "$1" run --detach "${@:2}"; }
# create NAME ARGUMENT… : a container that is never started
create() { begin "$1" create "${@:2}"; }
begin() { # NAME VERB ARGUMENT…
  if [[ " ${LAB_SKIP:-} " == *" $1 "* ]]; then return; fi
  local output
  if ! output=$(docker "$2" --name "lab-$1" "${LABEL[@]}" "${@:3}" 2>&1); then
    echo "lab.sh: lab-$1: $output" >&2
    FAILED=$((FAILED + 1))
  fi
}
running() { [ "$(docker container inspect -f '{{.State.Running}}' "lab-$1" 2>/dev/null)" = true ]; }

networks() {
  local bridge=com.docker.network.bridge
  docker network create "${LABEL[@]}" lab-net
  docker network create "${LABEL[@]}" --internal --subnet 10.77.0.0/24 --label team=a lab-internal
  docker network create "${LABEL[@]}" -o $bridge.enable_icc=false -o $bridge.name=labnoicc0 lab-noicc
  docker network create "${LABEL[@]}" -o $bridge.enable_icc=true -o $bridge.host_binding_ipv4=0.0.0.0 lab-icc
  docker volume create "${LABEL[@]}" lab-vol
} >/dev/null

containers() {
  run plain $BASE
  run hardened --network lab-net --read-only --cap-drop ALL --security-opt no-new-privileges --memory 64m \
    --cpu-shares 512 --pids-limit 50 --restart on-failure:5 --user 1000:1000 --ulimit nofile=100:200 --tmpfs /tmp $HARD
  # created and not started: a host without CAP_SYS_RESOURCE cannot give a container every capability
  create privileged --privileged $BASE
  run capadd --cap-add NET_ADMIN --cap-add SYS_TIME --cap-drop CHOWN $BASE
  run capall --cap-add ALL --cap-drop SYS_RESOURCE $BASE
  run hostnet --network host $BASE
  run hostpid --pid host $BASE
  run hostipc --ipc host $BASE
  run hostuts --uts host $BASE
  run hostuserns --userns host $BASE
  run mnt-etc -v /etc:/host/etc:ro $BASE
  run mnt-etcrw -v /etc:/host/etc -v /usr:/host/usr -v /boot:/host/boot $BASE
  run mnt-etcsame -v /etc:/etc $BASE
  run mnt-sock -v "${DOCKER_HOST#unix://}:/var/run/docker.sock" $BASE
  run propshared -v "$LAB_DIR/shared:/mnt:shared" $BASE
  run volume -v lab-vol:/data --mount type=tmpfs,destination=/scratch $BASE
  run port-low -p 80:80 -p 443:443/tcp $BASE
  run port-any -p 0.0.0.0:18080:8080 -p 18081:8081/udp $BASE
  run port-local -p 127.0.0.1:18082:8082 $BASE
  run sshd --entrypoint /bin/busybox $BASE sleep 86400
  run limits --memory 32m --memory-swap 64m --cpus 0.5 --cpu-shares 1024 --pids-limit 20 --oom-kill-disable=false $BASE
  run restart-always --restart always $BASE
  run restart-max --restart on-failure:20 $BASE
  run seccomp --security-opt seccomp=unconfined $BASE
  run apparmor --security-opt apparmor=unconfined --security-opt label=disable $BASE
  run device --device /dev/null:/dev/xnull:rwm $BASE
  run devicerule --device-cgroup-rule 'c 42:* rmw' $BASE
  run linked --link lab-plain:other --volumes-from lab-mnt-etc:ro $BASE
  run ulimit --ulimit nproc=100:100 $BASE
  run cgroup --cgroup-parent /lab $BASE
  run icc-a --network lab-icc $BASE
  run icc-b --network lab-noicc $BASE
  run multinet --network lab-net --label a.b/c="quote \" and 'x'" --env UTF="žluťoučký 🐳" $BASE
  if running multinet; then docker network connect lab-internal lab-multinet; fi
  run exited --restart no $BASE /bin/sh -c 'exit 3'
  run paused $BASE
  if running paused; then docker pause lab-paused >/dev/null; fi
  create created $BASE
  # a session that lasts
  if running plain; then docker exec --detach lab-plain /bin/sleep 86400; fi
}

# on a shared mount: only there can a container be given a mount that propagates
shared_mount() {
  mkdir -p "$LAB_DIR/shared"
  mount --bind "$LAB_DIR/shared" "$LAB_DIR/shared"
  mount --make-shared "$LAB_DIR/shared"
}

up() {
  down
  images
  networks
  shared_mount
  containers
  if running exited; then docker wait lab-exited >/dev/null; fi
  status
  [ $FAILED -eq 0 ]
}

status() {
  docker ps -a --filter label=lab=1 --format '{{.Names}}\t{{.State}}\t{{.Status}}' | sort
}

[[ $# -eq 1 && ($1 == up || $1 == down || $1 == status || $1 == images) ]] || usage
: "${DOCKER_HOST:?the engine to use, as unix:///path/to/docker.sock}" "${LAB_DIR:?a scratch folder}"
"$1"
