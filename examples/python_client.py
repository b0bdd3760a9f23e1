"""A whole client in Python's standard library: it submits, polls, verifies a callback, downloads, and moves the clock.

    npx phota-mock serve          # in one shell
    python3 examples/python_client.py [http://127.0.0.1:4010]
"""
import json
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

from verify_callback import verify_callback

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4010"
API = SERVER + "/v1/phota"
KEY = "test-key-alice"


def call(method: str, url: str, body: object = None) -> tuple[int, dict]:
    """The status and the JSON of an answer, whatever its status."""
    request = urllib.request.Request(url, method=method)
    request.add_header("X-API-Key", KEY)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def submit(body: dict, tries: int = 5) -> str:
    """Safe to retry, because every try carries the same client_request_id: one job, charged once."""
    body = {**body, "async": True, "response_mode": "urls", "client_request_id": str(uuid.uuid4())}
    for attempt in range(tries):
        try:
            status, answer = call("POST", API + "/generate", body)
        except OSError:
            # No answer says nothing of whether there is a job.
            status, answer = 503, {}
        if status == 202:
            return answer["job_id"]
        if status < 500 and status != 429:
            raise RuntimeError(f"refused: {status} {answer}")
        time.sleep(0.2 * 2**attempt)
    raise RuntimeError("the service did not take the job")


def poll(job_id: str) -> dict:
    """Waits for the end, ever more patiently."""
    wait = 1.0
    while True:
        status, job = call("GET", f"{API}/jobs/{job_id}")
        if status != 200:
            raise RuntimeError(f"polling: {status} {job}")
        if job["status"] in ("succeeded", "failed"):
            return job
        time.sleep(wait)
        wait = min(2 * wait, 15)


class Receiver(BaseHTTPRequestHandler):
    """Keeps the callbacks whose signature is right; answers the others 401."""

    secret = ""
    genuine: list[dict] = []
    arrived = threading.Event()

    def do_POST(self) -> None:
        raw_body = self.rfile.read(int(self.headers["Content-Length"]))
        is_genuine = verify_callback(raw_body, self.headers.get("X-Phota-Signature", ""), self.secret)
        self.send_response(204 if is_genuine else 401)
        self.end_headers()
        if is_genuine:
            self.genuine.append(json.loads(raw_body))
            self.arrived.set()

    def log_message(self, *_args: object) -> None:
        pass


def move_clock(by: str) -> None:
    """Only a mock's clock can be moved; the real service has no such thing."""
    status, result = call("POST", f"{SERVER}/_mock/worlds/default/clock/advance", {"by": by})
    if status != 200:
        raise RuntimeError(f"the clock: {status} {result}")


def main() -> None:
    Receiver.secret = call("GET", API + "/webhook-secret")[1]["webhook_signing_secret"]
    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()

    job_id = submit({"prompt": "a lighthouse", "callback_url": f"http://127.0.0.1:{receiver.server_port}/"})
    print("submitted", job_id)

    move_clock("18s")
    job = poll(job_id)
    print("polled", job["status"])

    if not Receiver.arrived.wait(10):
        raise RuntimeError("no callback came")
    print("called back, genuine:", Receiver.genuine[0]["status"])

    url = job["result"]["download_urls"][0]
    with urllib.request.urlopen(url, timeout=30) as image:
        print("downloaded", len(image.read()), "bytes of", image.headers["Content-Type"])

    move_clock("24h")
    status, refusal = call("GET", f"{API}/jobs/{job_id}")
    print("a day later", status, refusal["code"])


if __name__ == "__main__":
    main()
