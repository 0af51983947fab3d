#!/bin/sh
# The agent's command on a machine (launch.mjs, which starts the release that is due): the Node that came with it (MEETNET_NODE or the machine's own where
# none did), the machine's settings, and never root where the agent has a user of its own.
set -eu
# One arena for all threads: by default glibc keeps memory back for each of them, some 3 MB.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"

lib=$(dirname "$(readlink -f "$0")")/../lib/meetnet-agent
settings=${MEETNET_SETTINGS:-/etc/meetnet-agent/agent.env}
user=meetnet-agent

if [ -r "$settings" ]; then
  set -a
  . "$settings"
  set +a
fi
export MEETNET_DATA="${MEETNET_DATA:-/var/lib/meetnet-agent}"

node=${MEETNET_NODE:-$lib/node}
if [ ! -x "$node" ]; then
  node=$(command -v node) || {
    echo "meetnet-agent: this package has no Node in it and the machine has none; install Node 20 or newer, or set MEETNET_NODE" >&2
    exit 127
  }
fi

# What root writes, the service could not read.
if [ "$(id -u)" = 0 ] && id "$user" >/dev/null 2>&1 && command -v setpriv >/dev/null; then
  cd /
  exec setpriv --reuid="$user" --regid="$user" --clear-groups "$node" "$lib/launch.mjs" "$@"
fi
exec "$node" "$lib/launch.mjs" "$@"
