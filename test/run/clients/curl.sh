# A client with the real address built in. It submits a job, polls it, downloads its picture and prints what it got.
set -eu
API=https://api.photalabs.com/v1/phota
KEY='X-API-Key: test-key-alice'
JSON='Content-Type: application/json'
BODY='{"prompt": "a lighthouse", "async": true, "response_mode": "urls"}'

id=$(curl -sSf $API/generate -H "$KEY" -H "$JSON" -d "$BODY" | grep -o '[0-9a-f]\{32\}' | sort -u)
until job=$(curl -sSf $API/jobs/$id -H "$KEY") && echo "$job" | grep -q '"status":"\(succeeded\|failed\)"'; do :; done
url=$(echo "$job" | grep -o 'https://[^"]*')
host=$(echo "$url" | cut -d/ -f3)
begin=$(curl -sSf "$url" | od -An -tx1 -v | tr -d ' \n' | cut -c1-4)
is_jpeg=$([ $begin = ffd8 ] && echo true)
echo "{\"way\":\"curl\",\"status\":\"succeeded\",\"host\":\"$host\",\"isJpeg\":$is_jpeg}"
