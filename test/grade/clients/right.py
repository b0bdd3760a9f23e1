"""Has images made by Phota and saves them. It keeps every habit that docs/grade.md asks for; standard library only.

    PHOTA_BASE_URL=… PHOTA_API_KEY=… python3 right.py [--receiver-port PORT] [--out DIRECTORY]

Prints the path of each picture. Exit code 0 when all are there; otherwise 1, with a sentence on standard error.
"""
import argparse
import hashlib
import hmac
import http.client
import json
import os
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BASE_URL = os.environ["PHOTA_BASE_URL"].rstrip("/")
API_KEY = os.environ["PHOTA_API_KEY"]

IMAGES = [
    {"prompt": "a lighthouse at noon", "num_output_images": 2},
    {"prompt": "Ölgemälde: ein Café in Kraków, nachts", "num_output_images": 1},
    {"prompt": "夜明けの灯台 🗼", "num_output_images": 1},
]

TIMEOUT_S = 60  # of one request
TRIES = 5  # of one submit or download
MOST_LOST_POLLS = 10  # in a row
PATIENCE_S = 2 * 60 * 60  # far more than any job takes
SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 10  # between two polls of a job

TRANSIENT = (429, 500, 502, 503, 504)
URL_REFUSED = (400, 401, 403, 404, 410)


class ApiError(Exception):
    """Anything but the answer that was hoped for. `status` is None if there was no whole answer."""

    def __init__(self, message, status=None, retry_after=None):
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.is_transient = status is None or status in TRANSIENT


class UrlRefused(Exception):
    """A download URL is no longer good; a poll signs new ones."""


def send(request):
    """The bytes of a 2xx answer, all of them."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return response.read()
    except urllib.error.HTTPError as error:
        raise ApiError(f"HTTP {error.code} {error.reason}", error.code, error.headers.get("Retry-After")) from None
    except (OSError, http.client.HTTPException) as error:
        raise ApiError(f"no whole answer: {error!r}") from None


def call(method, path, body=None):
    """The JSON of the API's answer."""
    request = urllib.request.Request(BASE_URL + path, method=method)
    # Unredirected: urllib would hand every other header on to wherever a redirect leads.
    request.add_unredirected_header("X-API-Key", API_KEY)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body, ensure_ascii=False).encode("utf-8")
    answer = send(request)
    try:
        return json.loads(answer)
    except ValueError:
        raise ApiError("the answer is not JSON") from None


def pause_s(error, otherwise_s):
    """How long to wait after an error: as long as Retry-After says, in seconds or as a date, if it says anything."""
    text = error.retry_after or ""
    if text.isdigit():
        return max(int(text), otherwise_s)
    try:
        return max((parsedate_to_datetime(text) - datetime.now(timezone.utc)).total_seconds(), otherwise_s)
    except (TypeError, ValueError):
        return otherwise_s


def submit(image, callback_url):
    """The id of a new job. Every try has the same client_request_id, so that a lost answer makes no second job."""
    body = {**image, "async": True, "response_mode": "urls", "output_format": "jpg"}
    body["client_request_id"] = str(uuid.uuid4())
    if callback_url:
        body["callback_url"] = callback_url
    for attempt in range(1, TRIES + 1):
        try:
            return call("POST", "/generate", body)["job_id"]
        except ApiError as error:
            if not error.is_transient or attempt == TRIES:
                raise
            time.sleep(pause_s(error, 0.25 * 2**attempt))


def wait_for(job_id, ended):
    """The job once it has ended. Polls ever more slowly; the event `ended` only makes the next poll come sooner."""
    wait_s = SHORTEST_WAIT_S
    lost = 0
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        time.sleep(SHORTEST_WAIT_S)
        ended.wait(wait_s - SHORTEST_WAIT_S)
        ended.clear()
        wait_s = min(wait_s * 1.5, LONGEST_WAIT_S)
        try:
            job = call("GET", f"/jobs/{job_id}")
        except ApiError as error:
            lost += 1
            if not error.is_transient or lost == MOST_LOST_POLLS:
                raise
            time.sleep(pause_s(error, 0))
            continue
        lost = 0
        if job["status"] in ("succeeded", "failed"):
            return job
    raise TimeoutError(f"job {job_id} has not ended after {PATIENCE_S} s")


def download(url, path):
    """Saves a picture, whole or not at all. The URL is signed: the API key has no business there."""
    for attempt in range(1, TRIES + 1):
        try:
            picture = send(url)
            if not is_whole_jpeg(picture):
                raise ApiError("the picture is cut off")
            partial = path.with_suffix(".part")
            partial.write_bytes(picture)
            partial.rename(path)
            return
        except ApiError as error:
            if error.status in URL_REFUSED:
                raise UrlRefused(f"download refused: {error}") from None
            if not error.is_transient or attempt == TRIES:
                raise
            time.sleep(pause_s(error, 0.25 * 2**attempt))


def is_whole_jpeg(picture):
    return picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9")


def make(image, callback_url, directory):
    """Has one job done and saves its pictures. Returns their paths."""
    job_id = submit(image, callback_url)
    for attempt in range(1, TRIES + 1):
        job = wait_for(job_id, Receiver.ended(job_id))
        if job["status"] == "failed":
            error = job.get("error") or {}
            raise RuntimeError(f"job {job_id} failed: {error.get('code')}: {error.get('message')}")
        urls = job["result"]["download_urls"]
        if len(urls) != image["num_output_images"]:
            raise RuntimeError(f"job {job_id}: {image['num_output_images']} pictures ordered, {len(urls)} made")
        paths = [directory / f"{job_id}-{nth}.jpg" for nth in range(len(urls))]
        try:
            for url, path in zip(urls, paths):
                download(url, path)
            print(f"job {job_id} took {duration(job)}", file=sys.stderr)
            return paths
        except UrlRefused:
            if attempt == TRIES:
                raise


def duration(job):
    """How long a job took, for people. A date that cannot be read is no reason to lose a picture."""
    try:
        return datetime.fromisoformat(job["completed_at"]) - datetime.fromisoformat(job["created_at"])
    except (KeyError, TypeError, ValueError):
        return "an unknown time"


class Receiver(BaseHTTPRequestHandler):
    """Takes callbacks. Whatever one says, the poll that follows it decides."""

    secret = b""
    events = {}

    @classmethod
    def ended(cls, job_id):
        """The event of a job's callback, which may come before the answer to its submit does."""
        return cls.events.setdefault(job_id, threading.Event())

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > 1_000_000:
            return self.answer(413 if length.isdigit() else 411)
        raw_body = self.rfile.read(int(length))
        if not is_genuine(raw_body, self.headers.get("X-Phota-Signature", ""), self.secret):
            return self.answer(401)
        self.answer(204)
        self.ended(json.loads(raw_body)["job_id"]).set()

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def is_genuine(raw_body, signature, secret):
    """Whether Phota signed these very bytes. Compares bytes, because compare_digest throws on other than ASCII text."""
    expected = "sha256=" + hmac.new(secret, raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def start_receiver(port):
    """Listens for callbacks, and returns the URL for them."""
    secret = os.environ.get("PHOTA_WEBHOOK_SECRET") or call("GET", "/webhook-secret")["webhook_signing_secret"]
    Receiver.secret = secret.encode()
    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{port}/callback"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--receiver-port", type=int, default=os.environ.get("PHOTA_RECEIVER_PORT"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    directory = options.out or Path(tempfile.mkdtemp(prefix="pictures-"))
    callback_url = start_receiver(options.receiver_port) if options.receiver_port else None
    all_there = True
    with ThreadPoolExecutor(len(IMAGES)) as pool:
        jobs = [(image, pool.submit(make, image, callback_url, directory)) for image in IMAGES]
        for image, job in jobs:
            try:
                print(*job.result(), sep="\n")
            except Exception as error:
                all_there = False
                print(f"no picture of {image['prompt']!r}: {error}", file=sys.stderr)
    return 0 if all_there else 1


if __name__ == "__main__":
    sys.exit(main())
