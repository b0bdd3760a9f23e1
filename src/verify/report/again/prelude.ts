import { operations } from '../../../spec/index.ts'

/** Of a path that ends in the job's id. */
const JOBS = operations.getJob.path.replace('{job_id}', '')

/** What all scripts can do. Needs `$PHOTA_URL`, `$origin`, `$dir`, `$JOB_TIMEOUT`; sets `$status` and `$broken`. */
export const FUNCTIONS: string = String.raw`could_not_tell() {
  printf 'could not tell: %s\n' "$1" >&2
  # What was seen before is seen.
  [ "$broken" -eq 0 ] || exit 1
  exit 2
}

# Sends a request by curl's options; leaves $status, and the body on one line in $dir/line.
send() {
  : >"$dir/body"
  status=$(curl -sS -g -o "$dir/body" -w '%{http_code}' "$@") || could_not_tell 'curl got no answer'
  { tr -d '\000\r\n' <"$dir/body"; echo; } >"$dir/line"
  [ "$status" != 429 ] || could_not_tell 'it was answered 429: too many requests, try again later'
}

# The beginning of the body, as a terminal may show it; of a picture its length.
text() {
  first=$(head -c 1 "$dir/body" | od -An -tu1 | tr -d ' ')
  if [ -z "$first" ] || [ "$first" -lt 127 ]; then
    tr -c '[:print:]' ' ' <"$dir/line" | cut -c 1-300
  else
    printf '(%s bytes that are no text)\n' "$(wc -c <"$dir/body" | tr -d ' ')"
  fi
}

succeeded() { case $status in 2??) ;; *) return 1 ;; esac }

status_is() { case " $1 " in *" $status "*) ;; *) return 1 ;; esac }

body_matches() {
  code=0
  grep -Eq -e "$1" "$dir/line" || code=$?
  [ "$code" -le 1 ] || could_not_tell 'grep failed'
  return "$code"
}

matches() { grep -Eo -e "$1" "$dir/line" | wc -l | tr -d ' '; }

# The first string of this name in the body, as JSON has it.
field() {
  grep -Eo "\"$1\"[[:space:]]*:[[:space:]]*\"([^\"\\\\]|\\\\.)*\"" "$dir/line" | head -n 1 |
    sed 's/^[^:]*:[[:space:]]*"//; s/"$//'
}

# The same without JSON's escapes; one with other escapes than a URL needs is refused.
plain() {
  plain=$(printf '%s' "$1" | sed 's|\\/|/|g; s/\\u0026/\&/g; s/\\u003[dD]/=/g')
  case $plain in '' | *\\*) return 1 ;; esac
  printf '%s' "$plain"
}

download_url() {
  sed 's/.*"download_urls"[[:space:]]*:[[:space:]]*\[//' "$dir/line" |
    grep -Eo '"([^"\\]|\\.)*"' | sed -n "$1p" | sed 's/^"//; s/"$//'
}

must_be_http() { case $1 in http://* | https://*) ;; *) could_not_tell 'a URL of the answer is not of http' ;; esac }

# A poll_url as a whole URL. The key goes to no other host.
followed() {
  followed=$(plain "$1") || return 1
  case $followed in
    "$origin"/*) printf '%s' "$followed" ;;
    //*) return 1 ;;
    /*) printf '%s%s' "$origin" "$followed" ;;
    *) return 1 ;;
  esac
}

# A part of a path.
in_url() {
  case $1 in
    *[!A-Za-z0-9._~-]*) printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g' ;;
    *) printf '%s' "$1" ;;
  esac
}

# Polls a job until it is in a state: await_job JOB KEY running|ended. Returns 1 if it ended before it was seen running.
await_job() {
  deadline=$(($(date +%s) + JOB_TIMEOUT))
  while :; do
    send --max-time 60 -H "X-API-Key: $2" --url "$PHOTA_URL"'${JOBS}'"$(in_url "$1")"
    [ "$status" = 200 ] || could_not_tell "polling the job was answered $status $(text)"
    state=$(field status)
    case $3/$state in
      ended/succeeded | ended/failed | running/running) return ;;
      running/succeeded | running/failed) return 1 ;;
      */pending | */running) ;;
      *) could_not_tell "the job's status is $(printf '%s' "$state" | tr -c '[:print:]' ' ')" ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] || could_not_tell "the job did not end within $JOB_TIMEOUT s (JOB_TIMEOUT)"
    sleep 1
  done
}

# One line for what the report expected, and one for what there is now.
say() {
  printf 'expected %s\nseen     %s\n' "$2" "$3"
  [ "$1" = gone ] || broken=1
}
`

/** What a script begins with, once it has its `$base`. */
export const START = `broken=0
missed=0
PHOTA_URL=\${PHOTA_URL:-$base}
PHOTA_URL=\${PHOTA_URL%/}
case $PHOTA_URL in http://* | https://*) ;; *) could_not_tell 'PHOTA_URL expects an http or https URL' ;; esac
origin=$(printf '%s' "$PHOTA_URL" | sed 's|^\\(https\\{0,1\\}://[^/]*\\).*|\\1|')
JOB_TIMEOUT=\${JOB_TIMEOUT:-600}
case $JOB_TIMEOUT in '' | *[!0-9]*) could_not_tell 'JOB_TIMEOUT expects seconds' ;; esac
run=again-$(date +%s)-$$
dir=$(mktemp -d) || could_not_tell 'mktemp made no folder'
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' HUP INT TERM`
