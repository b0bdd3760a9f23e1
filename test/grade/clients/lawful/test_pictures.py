"""A suite for pytest: what a picture looks like once it is here. A failed test is its exit code."""
import json
import os
import time
import urllib.error
import urllib.request
import uuid

import pytest

TRANSIENT = (429, 500, 502, 503, 504)


def send(request, tries):
    """The bytes of an answer, after `tries` tries at most."""
    for attempt in range(1, tries + 1):
        wait_s = 2 ** (attempt - 1)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            if error.code not in TRANSIENT or attempt == tries:
                raise
            wait_s = max(wait_s, int(error.headers.get("Retry-After", 0)))
        except (OSError, ValueError):
            if attempt == tries:
                raise
        time.sleep(wait_s)


def call(path, body=None):
    request = urllib.request.Request(os.environ["PHOTA_BASE_URL"] + path)
    request.add_unredirected_header("X-API-Key", os.environ["PHOTA_API_KEY"])
    if body:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    return json.loads(send(request, tries=4))


def finished(job_id):
    wait_s = 1
    while True:
        time.sleep(wait_s)
        wait_s = min(wait_s * 1.5, 10)
        job = call(f"/jobs/{job_id}")
        if job["status"] in ("succeeded", "failed"):
            return job


def first_picture(job_id, tries=4):
    job = finished(job_id)
    assert job["status"] == "succeeded", job.get("error")
    try:
        return send(job["result"]["download_urls"][0], tries=4)
    except urllib.error.HTTPError as error:
        if error.code not in (400, 401, 403, 404, 410) or tries == 1:
            raise
        return first_picture(job_id, tries - 1)


@pytest.mark.parametrize(("output_format", "begin", "end"), [
    ("jpg", b"\xff\xd8", b"\xff\xd9"),
    ("png", b"\x89PNG", b"IEND\xaeB`\x82"),
])
def test_a_picture_is_whole_and_of_the_format_asked_for(output_format, begin, end):
    body = {"prompt": f"Möwe über Hörnum, {output_format}", "output_format": output_format}
    job = call("/generate", {
        **body, "response_mode": "urls", "async": True, "client_request_id": str(uuid.uuid4()),
    })
    picture = first_picture(job["job_id"])
    assert picture.startswith(begin)
    assert picture.endswith(end)
