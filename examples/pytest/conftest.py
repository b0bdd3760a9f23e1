"""phota-mock for pytest: one server for the run, a World of its own for each test.

Copy this file; it needs the standard library only.

PHOTA_MOCK_URL names a server that runs already, so that pytest-xdist's workers share one; else each worker starts its
own with PHOTA_MOCK, by default `npx phota-mock`.
"""
import json
import os
import re
import shlex
import signal
import subprocess
import urllib.request
from collections.abc import Iterator

import pytest


def call(method: str, url: str, body: object = None) -> dict:
    """The JSON of an answer; raises urllib.error.HTTPError for a refusal, whose body says why."""
    request = urllib.request.Request(url, method=method, headers={"Content-Type": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"{}")


class World:
    """A World of the server: an account, money, jobs and a clock that nobody else moves."""

    def __init__(self, server: str, deposit: str = "100.00") -> None:
        account = {"id": "tester", "deposit": deposit}
        world = call("POST", server + "/_mock/worlds", {"clock": {"mode": "manual"}, "accounts": [account]})
        self.base_url = server + "/v1/phota"
        self.control_url = f"{server}/_mock/worlds/{world['id']}"
        self.api_key: str = world["accounts"][0]["keys"][0]
        self.webhook_secret: str = world["accounts"][0]["webhook_signing_secret"]

    def advance(self, by: str) -> dict:
        """Moves the clock on: `18s`, `24h`. Callbacks that fall due have been tried when it returns."""
        return call("POST", self.control_url + "/clock/advance", {"by": by})

    def settle(self) -> dict:
        """Moves the clock on until every job has ended and called back."""
        return call("POST", self.control_url + "/clock/settle")

    def scenario(self, **scenario: object) -> str:
        """Says what becomes of matching requests: scenario(match={"prompt": "doomed"}, effect={"fail": "TIMEOUT"})."""
        return call("POST", self.control_url + "/scenarios", scenario)["id"]

    @property
    def account(self) -> dict:
        """The account with its balances, in micro-dollars."""
        return call("GET", self.control_url + "/accounts/tester")

    def remove(self) -> None:
        call("DELETE", self.control_url)


@pytest.fixture(scope="session")
def phota_server() -> Iterator[str]:
    """Where the server is, such as http://127.0.0.1:4010."""
    running = os.environ.get("PHOTA_MOCK_URL")
    if running:
        yield running.rstrip("/")
        return
    command = shlex.split(os.environ.get("PHOTA_MOCK", "npx phota-mock")) + ["serve", "--port", "0"]
    # In a group of its own, because npx leaves its child alive when it is ended.
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        for line in server.stdout or ():
            listening = re.search(r"listens on (http\S+)", line)
            if listening:
                yield listening[1]
                break
        else:
            pytest.exit(f"{shlex.join(command)} ended before it listened", returncode=2)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


@pytest.fixture
def world(phota_server: str) -> Iterator[World]:
    """A World for this test."""
    world = World(phota_server)
    yield world
    world.remove()
