"""One picture by polling. Its mistake: it takes everything but `pending` for the end, so `running` too."""
import json
import os
import sys
import time
import urllib.request
import uuid

BASE_URL = os.environ["PHOTA_BASE_URL"]
HEADERS = {"X-API-Key": os.environ["PHOTA_API_KEY"], "Content-Type": "application/json"}


def call(method, path, body=None):
    request = urllib.request.Request(BASE_URL + path, method=method)
    for name, value in HEADERS.items():
        request.add_unredirected_header(name, value)
    if body:
        request.data = json.dumps(body).encode()
    for wait_s in (1, 2, 4, 0):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503) or not wait_s:
                raise
            time.sleep(max(wait_s, int(error.headers.get("Retry-After", 0))))
        except OSError:
            if not wait_s:
                raise
            time.sleep(wait_s)


job = call("POST", "/generate", {
    "prompt": "Grüße aus Łódź",
    "async": True,
    "response_mode": "urls",
    "client_request_id": str(uuid.uuid4()),
})
wait_s = 1
while job["status"] == "pending":
    time.sleep(wait_s)
    wait_s = min(wait_s * 1.5, 10)
    job = call("GET", f"/jobs/{job['job_id']}")
if job["status"] == "failed":
    sys.exit(f"job {job['job_id']} failed: {job['error']['message']}")
for url in job["result"]["download_urls"]:
    with urllib.request.urlopen(url, timeout=60) as response:
        print(len(response.read()), "bytes")
