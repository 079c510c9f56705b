#!/bin/bash
# The cases of the table of verdicts that an engine with default settings can show: a container, image or volume each,
# made with the very options of the case's set-up on the engine at $DOCKER_HOST. The container of case 5.6d is named
# case-5.6d and has the label case=5.6d. `down` removes these objects and those of lab.sh. Cases that need a daemon of their
# own are in daemons.sh.
#
#   cases.sh up|down|list
#
# `list` prints the names of the cases that are there, and of those that the engine itself is.
# $DOCKER     the docker client (default: the first `docker` on the path)
# $LAB_DIR    a scratch folder on the engine's host, for the shared mount
set -euo pipefail

DOCKER=${DOCKER:-docker}
usage() { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
docker() { command "$DOCKER" "$@"; }
BASE=lab/base:1.0

# its defaults, and no swarm
ENGINE=(2.2a 2.5a 2.7a 2.9a 2.13a 2.15a 2.17a 2.18a 5.1a 7.1a 7.3d 7.7a)

# create CASE OPTION… : a container that is never started; enough where the verdict is about how it was made, and all
# there can be of some: a host without CAP_SYS_RESOURCE cannot start a privileged one, nor one without a GPU one with it
create() { docker create --name "case-$1" --label "case=$1" "${@:2}" "${IMAGE:-$BASE}" >/dev/null; }
# run CASE OPTION… : one that runs
run() { docker run --detach --name "case-$1" --label "case=$1" "${@:2}" "$BASE" >/dev/null; }
volume() { docker volume create --label "case=$1" "case-$1" >/dev/null; }
# image CASE CHANGE… : an image named case-4.6a, of the files of the base and one layer
image() { docker export case-5.30a | docker import -c "LABEL case=$1" "${@:2}" - "case-$1" >/dev/null; }

images() {
  local health=(-c 'HEALTHCHECK CMD /bin/true')
  image 4.6a "${health[@]}"
  image 4.6b
  image 4.6c -c 'HEALTHCHECK NONE'
  image 4.6d
  image 4.6e "${health[@]}"
  image 4.7c
  IMAGE=case-4.6d create 4.6d --health-cmd /bin/true --entrypoint /bin/true
  IMAGE=case-4.6e create 4.6e --no-healthcheck --entrypoint /bin/true
}

containers() {
  run 5.30a # the one that others lean on
  create 5.3a
  create 5.4a
  create 5.5a
  create 5.5b --privileged
  create 5.6a
  create 5.6d -v /:/host
  create 5.6e -v /srv/x:/etc
  volume 5.6f
  create 5.6f -v case-5.6f:/var
  create 5.6g -v /etc/passwd:/tmp/pw
  create 5.6h -v /proc/sys:/x
  run 5.8a -p 80:80
  run 5.10e --network container:case-5.30a
  create 5.11a
  create 5.12a
  create 5.12c --cpu-shares 512
  create 5.12d --cpus 0.5
  create 5.13a
  run 5.14d -p 18080:8080
  create 5.15a --restart on-failure:5
  create 5.15b --restart on-failure:3
  create 5.15c --restart on-failure:6
  create 5.15d --restart on-failure
  create 5.15e --restart always
  create 5.15f --restart unless-stopped
  create 5.15g --restart no
  create 5.16b
  run 5.16c --pid container:case-5.30a
  create 5.17b --ipc private
  create 5.17c --ipc shareable
  create 5.18a
  create 5.18b --device /dev/null
  create 5.18c --gpus all
  create 5.18e -v /dev/sda:/dev/sda
  create 5.18f --privileged
  bare 5.19b
  create 5.19c --ulimit nofile=10:20
  run 5.20b -v "$LAB_DIR/shared:/mnt:shared"
  run 5.20c -v "$LAB_DIR/shared:/mnt:rshared"
  run 5.20d -v "$LAB_DIR/shared:/mnt:rslave"
  run 5.20e -v "$LAB_DIR/shared:/mnt:rprivate"
  volume 5.20f
  run 5.20f -v case-5.20f:/mnt
  create 5.21b
  create 5.22a
  create 5.22b --security-opt seccomp=unconfined
  create 5.22c --security-opt seccomp:unconfined
  create 5.22e --privileged
  create 5.25a
  create 5.25b --cgroup-parent /foo
  create 5.26a
  create 5.26b --security-opt no-new-privileges
  create 5.26d --security-opt no-new-privileges:false
  create 5.26e --security-opt no-new-privileges=false
  run 5.27d
  create 5.29b --pids-limit 100
  create 5.29c --pids-limit 0
  create 5.29d --pids-limit -1
  create 5.32a -v /var/run/docker.sock:/var/run/docker.sock
  create 5.32d -v /:/host
  # means something on a kernel with AppArmor alone; 5.3e needs SELinux, and is no more than a recording
  if docker info --format '{{.SecurityOptions}}' | grep -q name=apparmor; then
    create 5.2b --security-opt apparmor=unconfined
  fi
}

# bare CASE : a container made without the client, which sends more than nothing
bare() {
  python3 - "${DOCKER_HOST#unix://}" "$1" "$BASE" <<'PYTHON'
import http.client, json, socket, sys
path, case, image = sys.argv[1:]
connection = http.client.HTTPConnection("localhost")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(path)
body = json.dumps({"Image": image, "Labels": {"case": case}})
connection.request("POST", "/containers/create?name=case-" + case, body, {"Content-Type": "application/json"})
reply = connection.getresponse()
if reply.status != 201:
    sys.exit(f"cases.sh: case-{case}: {reply.read().decode()}")
PYTHON
}

up() {
  down
  "$(dirname "${BASH_SOURCE[0]}")/lab.sh" images
  # only there can a container be given a mount that propagates
  mkdir -p "$LAB_DIR/shared"
  mount --bind "$LAB_DIR/shared" "$LAB_DIR/shared"
  mount --make-shared "$LAB_DIR/shared"
  containers
  images
}

down() {
  docker ps -aq --filter label=case | xargs -r "$DOCKER" rm -f >/dev/null
  docker volume ls -q --filter label=case | xargs -r "$DOCKER" volume rm >/dev/null
  docker images -q --filter label=case | sort -u | xargs -r "$DOCKER" rmi -f >/dev/null
  "$(dirname "${BASH_SOURCE[0]}")/lab.sh" down
}

list() {
  {
    printf '%s\n' "${ENGINE[@]}"
    docker ps -a --filter label=case --format '{{.Label "case"}}'
    docker images --filter label=case --format '{{.Repository}}' | sed -n 's/^case-//p'
  } | sort -uV
}

[[ $# -eq 1 && ($1 == up || $1 == down || $1 == list) ]] || usage
: "${DOCKER_HOST:?the engine to use, as unix:///path/to/docker.sock}" "${LAB_DIR:?a scratch folder}"
"$1"
