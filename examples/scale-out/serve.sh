#!/bin/sh
# Several phota-mock servers behind nginx, which look like one: for more cores than one, or more machines.
#
#   sh serve.sh [N] [options of phota-mock serve]   N servers (2) and nginx, here, until Ctrl-C
#   sh serve.sh --config HOST:PORT …                prints nginx's configuration alone, for servers that run elsewhere
#
# A World lives on one server. Its id, its keys, and so the first segment of its download URLs, begin with the server's
# shard: s1-, s2-, … By that, nginx sends each request on. PORT is nginx's (4010); the servers take the ports after it.
set -eu

port=${PORT:-4010}
phota_mock=${PHOTA_MOCK:-npx phota-mock}
nginx=${NGINX:-$(command -v nginx || echo /usr/sbin/nginx)}

# The servers' addresses, in the order of their shards.
config() {
  echo 'worker_processes auto; daemon off; pid nginx.pid; events { worker_connections 4096; }'
  echo 'http {'
  echo '  access_log off;'
  number=0
  by_key='' by_path='' all=''
  for address in "$@"; do
    number=$((number + 1))
    echo "  upstream s$number { server $address max_fails=0; keepalive 64; }"
    by_key="$by_key ~^s$number- s$number;"
    by_path="$by_path ~^(/_mock/worlds)?/s$number- s$number;"
    all="$all server $address max_fails=0;"
  done
  # A World that is to be made may be anybody's. What names no World is answered by the first.
  echo "  upstream any {$all keepalive 64; }"
  # By the key: s2-test-key-alice, s2-w7.alice
  echo "  map \$http_x_api_key \$by_key { default s1;$by_key }"
  # By the path, a control call's or a download's: /_mock/worlds/s2-w7/clock, /s2-w7/20260622/…
  # The page, and the list of Worlds, are the first server's; each has its own at its own address.
  echo "  map \$uri \$shard { default \$by_key;$by_path ~^/_mock(/|\$) s1; }"
  echo '  map "$request_method $uri" $server { default $shard; "POST /_mock/worlds" any; }'
  cat <<END
  server {
    listen 127.0.0.1:$port;
    # What is too large, or odd, is for phota-mock to say.
    client_max_body_size 0; ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;
    location / {
      proxy_pass http://\$server; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host \$http_host;
      # An answer that fails on purpose must reach the client, and no request may be sent twice.
      proxy_next_upstream off;
      # Events come as they happen, and a synchronous request may be open until the clock is moved.
      proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 1h;
    }
  }
}
END
}

if [ "${1:-}" = --config ]; then
  shift
  if [ $# -eq 0 ]; then
    echo 'serve.sh --config expects the addresses of the servers.' >&2
    echo 'Example: serve.sh --config 10.0.0.1:4010 10.0.0.2:4010' >&2
    exit 2
  fi
  config "$@"
  exit
fi

count=2
case ${1:-} in
  [1-9] | [1-9][0-9]) count=$1; shift ;;
  '' | -*) ;;
  *) echo "serve.sh expects how many servers, from 1 to 99, received \"$1\". Example: serve.sh 4" >&2; exit 2 ;;
esac
[ -x "$nginx" ] || { echo "serve.sh: there is no nginx. On Debian: apt-get install nginx-light" >&2; exit 2; }

folder=$(mktemp -d)
children=''
end() {
  trap - EXIT INT TERM
  # shellcheck disable=SC2086 # one word for each
  [ -z "$children" ] || kill $children 2>/dev/null || true
  wait
  rm -r "$folder"
  exit "$1"
}
trap 'end 1' EXIT
trap 'end 0' INT TERM
gone() {
  echo 'serve.sh: one of the servers, or nginx, has ended; so the others end too.' >&2
  exit 1
}

addresses=''
for number in $(seq "$count"); do
  at=$((port + number))
  $phota_mock serve --port "$at" --shard "s$number" --public-url "http://127.0.0.1:$port" "$@" &
  children="$children $!"
  addresses="$addresses 127.0.0.1:$at"
done
# Whoever finds nginx finds all of them.
for address in $addresses; do
  # shellcheck disable=SC2086 # one word for each
  until $phota_mock wait "http://$address" --timeout 2s 2>/dev/null >&2; do kill -0 $children 2>/dev/null || gone; done
done
# shellcheck disable=SC2086 # one word for each
config $addresses >"$folder/nginx.conf"
"$nginx" -p "$folder" -e stderr -c "$folder/nginx.conf" &
children="$children $!"
# One that ends takes the others along: its Worlds are gone.
# shellcheck disable=SC2086 # one word for each
while kill -0 $children 2>/dev/null; do sleep 1; done
gone
