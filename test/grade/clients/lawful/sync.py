"""Two pictures by synchronous requests, which carry them in their answers. No job, no poll, no download.

An answer that is lost may have been paid for, and nothing makes such a request safe to repeat; so only what was
refused before any work began is sent again.
"""
import base64
import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TRIES = 4
REFUSED_FOR_NOW = (429, 503)


def generate(prompt):
    body = json.dumps({"prompt": prompt, "output_format": "jpg"}).encode()
    request = urllib.request.Request(os.environ["PHOTA_BASE_URL"] + "/generate", body)
    request.add_header("Content-Type", "application/json")
    request.add_unredirected_header("X-API-Key", os.environ["PHOTA_API_KEY"])
    for attempt in range(1, TRIES + 1):
        try:
            # The API takes ten minutes for a request at most.
            with urllib.request.urlopen(request, timeout=630) as response:
                return [base64.b64decode(image) for image in json.loads(response.read())["images"]]
        except urllib.error.HTTPError as error:
            if error.code not in REFUSED_FOR_NOW or attempt == TRIES:
                raise
            time.sleep(max(2**attempt, int(error.headers.get("Retry-After", "0"))))


directory = Path(tempfile.mkdtemp(prefix="pictures-"))
for prompt in ("мост через Неву", "a bridge at night"):
    try:
        for picture in generate(prompt):
            path = directory / f"{len(os.listdir(directory))}.jpg"
            path.write_bytes(picture)
            print(path)
    except Exception as error:
        sys.exit(f"no picture of {prompt!r}: {error!r}")
