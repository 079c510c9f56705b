#!/bin/bash
# A swarm of one node on the engine at $DOCKER_HOST, with a network, secrets, configs and services that differ in what the
# controls look at. It listens on the loopback alone. `down` leaves the swarm, and all of it is gone.
#
#   swarm.sh up|down|status
#
# $DOCKER     the docker client (default: the first `docker` on the path; two versions of it may be there)
# $LAB_DIR    a scratch folder on the engine's host
set -euo pipefail

DOCKER=${DOCKER:-docker}
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
docker() { command "$DOCKER" "$@"; }
BASE=lab/base:1.0

# service NAME OPTION… : nothing is pulled, and a task that must go goes at once
service() {
  docker service create --quiet --detach --no-resolve-image --name "lab-$1" --stop-grace-period 0s "${@:2}" $BASE
}

services() {
  service plain
  service web --replicas 2 --network lab-overlay --publish 18080:8080 --publish mode=host,target=9090 \
    --secret lab-secret --config source=lab-config,target=/etc/lab.conf --label team=a --container-label tier=front \
    --env A=b --env PASSWORD=hunter2 --user 1000:1000 --group 44 --hostname web --workdir /tmp --read-only --tty --init \
    --cap-drop ALL --cap-add NET_BIND_SERVICE --sysctl net.core.somaxconn=256 --ulimit nofile=512:1024 \
    --mount type=tmpfs,destination=/scratch --mount type=volume,source=lab-data,destination=/data \
    --health-cmd /bin/true --health-interval 1s --stop-signal SIGINT --dns 10.0.0.53 --host db:10.0.0.9 \
    --limit-memory 32m --limit-cpu 0.5 --limit-pids 50 --reserve-memory 8m --reserve-cpu 0.1 \
    --restart-condition on-failure --restart-max-attempts 3 --restart-delay 1s \
    --constraint node.labels.zone==a --log-driver json-file --log-opt max-size=1m \
    --update-parallelism 1 --update-failure-action rollback --rollback-parallelism 1 --endpoint-mode vip
  service each --mode global --endpoint-mode dnsrr
  service job --mode replicated-job --replicas 2 --max-concurrent 1 --entrypoint /bin/true
  # no node is like that
  service waits --constraint node.labels.zone==nowhere
} >/dev/null

up() {
  "$(dirname "${BASH_SOURCE[0]}")/lab.sh" images
  docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1 >/dev/null
  docker node update --label-add zone=a "$(docker node ls --quiet)" >/dev/null
  docker network create --driver overlay --opt encrypted lab-overlay >/dev/null
  printf 'hunter2' | docker secret create --label team=a lab-secret - >/dev/null
  printf '{{.Node.ID}}' | docker secret create --template-driver golang lab-template - >/dev/null
  printf 'password = hunter2\n' | docker config create --label team=a lab-config - >/dev/null
  printf '{{.Node.ID}}' | docker config create --template-driver golang lab-template - >/dev/null
  services
  docker service update --quiet --detach --label-add updated=yes --env-add B=c lab-plain >/dev/null
  wait_for lab-plain 1/1
  wait_for lab-web 2/2
  status
}

# wait_for SERVICE REPLICAS
wait_for() {
  for _ in $(seq 120); do
    if [ "$(docker service ls --filter "name=$1" --format '{{.Replicas}}')" = "$2" ]; then return; fi
    sleep 0.5
  done
  echo "swarm.sh: $1 does not come to $2 tasks" >&2
  docker service ps --no-trunc "$1" >&2
  exit 1
}

down() { docker swarm leave --force >/dev/null; }

status() { docker service ls --format '{{.Name}}\t{{.Mode}}\t{{.Replicas}}' | sort; }

[[ $# -eq 1 && ($1 == up || $1 == down || $1 == status) ]] || usage
: "${DOCKER_HOST:?the engine to use, as unix:///path/to/docker.sock}" "${LAB_DIR:?a scratch folder}"
"$1"
