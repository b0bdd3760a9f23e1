"""Three pictures with requests. Its mistake: one session for everything, so that its API key goes to the image host."""
import os
import sys
import time
import uuid

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

BASE_URL = os.environ["PHOTA_BASE_URL"]
PROMPTS = ["a lighthouse at dawn", "un phare à midi", "маяк ночью"]
TRANSIENT = (429, 500, 502, 503, 504)
URL_REFUSED = (400, 401, 403, 404, 410)

session = requests.Session()
session.headers["X-API-Key"] = os.environ["PHOTA_API_KEY"]
# A submit may be sent again, because its client_request_id goes along.
retries = Retry(5, backoff_factor=1, status_forcelist=TRANSIENT, allowed_methods=["POST"])
session.mount(BASE_URL, HTTPAdapter(max_retries=retries))


def submit(prompt):
    body = {"prompt": prompt, "output_format": "jpg", "response_mode": "urls", "async": True}
    body["client_request_id"] = str(uuid.uuid4())
    response = session.post(f"{BASE_URL}/generate", json=body, timeout=60, allow_redirects=False)
    response.raise_for_status()
    return response.json()["job_id"]


def wait_for(job_id):
    wait_s = 1
    while True:
        time.sleep(wait_s)
        wait_s = min(wait_s * 1.5, 10)
        try:
            response = session.get(f"{BASE_URL}/jobs/{job_id}", timeout=60, allow_redirects=False)
        except requests.ConnectionError:
            continue
        if response.status_code in TRANSIENT:
            time.sleep(int(response.headers.get("Retry-After", 0)))
            continue
        response.raise_for_status()
        job = response.json()
        if job["status"] == "failed":
            raise RuntimeError(f"job {job_id} failed: {job['error']['message']}")
        if job["status"] == "succeeded":
            return job["result"]["download_urls"]


def save(job_id, tries=5):
    for url in wait_for(job_id):
        picture = session.get(url, timeout=60)
        if picture.status_code in URL_REFUSED and tries:
            return save(job_id, tries - 1)
        picture.raise_for_status()
        if not picture.content.endswith(b"\xff\xd9"):
            raise RuntimeError(f"job {job_id}: the picture is cut off")
        print(f"job {job_id}: {len(picture.content)} bytes")


try:
    for job_id in [submit(prompt) for prompt in PROMPTS]:
        save(job_id)
except (requests.RequestException, RuntimeError) as error:
    sys.exit(f"not all pictures are there: {error}")
