#!/usr/bin/env bash
# One picture with curl and jq.
set -euo pipefail

dir=$(mktemp -d)

# send METHOD URL [OPTION…]: prints the status, 000 without a whole answer. The body is in $dir/body.
send() {
  : >"$dir/headers"
  curl -sS --max-time 60 -X "$1" "$2" -D "$dir/headers" -o "$dir/body" -w '%{http_code}' "${@:3}" || printf '\n000'
}

# api METHOD PATH [OPTION…]: the last line is the status, whether or not curl had printed another before it failed.
api() {
  send "$1" "$PHOTA_BASE_URL$2" -H "X-API-Key: $PHOTA_API_KEY" "${@:3}" | tail -n 1
}

# pause SECONDS: sleeps as long as the last answer's Retry-After says, and SECONDS at least.
pause() {
  sleep "$(awk -v s="$1" 'tolower($1) == "retry-after:" && $2 + 0 > s { s = $2 + 0 } END { print s }' "$dir/headers")"
}

fail() {
  echo "no picture: $*" >&2
  exit 1
}

body=$(jq -n --arg id "$(cat /proc/sys/kernel/random/uuid)" '{
  prompt: "vieux phare breton, été 1926", output_format: "jpg",
  async: true, response_mode: "urls", client_request_id: $id }')
for wait in 1 2 4 0; do
  status=$(api POST /generate -H 'Content-Type: application/json' --data-binary "$body")
  case $status in
    2??) break ;;
    000 | 429 | 5??) [ "$wait" != 0 ] || fail "submitting: $status"; pause "$wait" ;;
    *) fail "refused: $status $(cat "$dir/body")" ;;
  esac
done
job=$(jq -r .job_id "$dir/body")

# Leaves the job in $dir/body once it has ended.
wait_for_job() {
  local wait=1
  while :; do
    sleep "$wait"
    wait=$((wait < 8 ? wait + 1 : 8))
    status=$(api GET "/jobs/$job")
    case $status in
      2??) ;;
      000 | 429 | 5??) pause 0; continue ;;
      *) fail "job $job: $status" ;;
    esac
    case $(jq -r .status "$dir/body") in
      succeeded) return ;;
      failed) fail "job $job failed: $(jq -r .error.message "$dir/body")" ;;
    esac
  done
}

for wait in 1 2 4 8; do
  wait_for_job
  url=$(jq -r '.result.download_urls[0]' "$dir/body")
  status=$(send GET "$url" -L | tail -n 1)
  if [ "$status" = 200 ] && [ "$(tail -c 2 "$dir/body" | od -An -tx1)" = ' ff d9' ]; then
    mv "$dir/body" "$dir/$job.jpg"
    echo "$dir/$job.jpg"
    exit 0
  fi
  pause "$wait"
done
fail "job $job: downloading: $status"
