"""Three pictures with requests: one connection for the API, and none of its headers for downloads."""
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

import requests

BASE_URL = os.environ["PHOTA_BASE_URL"]
TRANSIENT = (429, 500, 502, 503, 504)
PROMPTS = ["a lighthouse at dawn", "un phare à midi", "маяк ночью"]

api = requests.Session()
api.headers["X-API-Key"] = os.environ["PHOTA_API_KEY"]


class Transient(Exception):
    """Worth another try, `wait_s` seconds later at the earliest."""

    def __init__(self, problem, wait_s=0):
        super().__init__(str(problem))
        self.wait_s = wait_s


def attempt(send, *args, **options):
    """The answer, if it is a good one; what it is not is either worth another try or an HTTPError."""
    try:
        answer = send(*args, timeout=60, **options)
    except requests.RequestException as lost:
        raise Transient(lost) from None
    if answer.status_code in TRANSIENT:
        raise Transient(answer.status_code, int(answer.headers.get("Retry-After", 0)))
    answer.raise_for_status()
    return answer


def submit(prompt):
    body = {"prompt": prompt, "output_format": "jpg", "response_mode": "urls", "async": True}
    body["client_request_id"] = str(uuid.uuid4())
    for wait_s in (1, 2, 4, None):
        try:
            return attempt(api.post, f"{BASE_URL}/generate", json=body, allow_redirects=False).json()["job_id"]
        except Transient as error:
            if wait_s is None:
                raise
            time.sleep(max(wait_s, error.wait_s))


def wait_for(job_id):
    wait_s = 1
    while True:
        time.sleep(wait_s)
        wait_s = min(wait_s * 2, 30)
        try:
            job = attempt(api.get, f"{BASE_URL}/jobs/{job_id}", allow_redirects=False).json()
        except Transient as error:
            time.sleep(error.wait_s)
            continue
        if job["status"] == "failed":
            raise RuntimeError(f"job {job_id} failed: {job['error']['message']}")
        if job["status"] == "succeeded":
            return job["result"]["download_urls"][0]


def save(job_id, directory):
    """A poll before each try, so that each has a fresh URL."""
    for wait_s in (1, 2, 4, None):
        try:
            picture = attempt(requests.get, wait_for(job_id)).content
            path = directory / f"{job_id}.jpg"
            path.write_bytes(picture)
            return path
        except (Transient, requests.HTTPError) as error:
            refused = getattr(error, "response", None)
            if wait_s is None or (refused is not None and "/jobs/" in refused.url):
                raise
            time.sleep(max(wait_s, getattr(error, "wait_s", 0)))


try:
    directory = Path(tempfile.mkdtemp(prefix="pictures-"))
    for job_id in [submit(prompt) for prompt in PROMPTS]:
        print(save(job_id, directory))
except (requests.RequestException, RuntimeError, Transient) as error:
    sys.exit(f"not all pictures are there: {error}")
