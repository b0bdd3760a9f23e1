"""What a test with conftest.py looks like."""
import json
import urllib.error
import urllib.request

import pytest


def ask(world, path: str, body: object = None) -> dict:
    """Stands for your own client."""
    headers = {"X-API-Key": world.api_key, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(world.base_url + path, data, headers), timeout=30) as response:
        return json.load(response)


def submit(world, prompt: str) -> str:
    return ask(world, "/generate", {"prompt": prompt, "async": True, "response_mode": "urls"})["job_id"]


def test_a_job_succeeds_and_is_gone_a_day_later(world):
    job_id = submit(world, "a lighthouse")
    assert ask(world, f"/jobs/{job_id}")["status"] == "pending"
    world.settle()
    assert ask(world, f"/jobs/{job_id}")["status"] == "succeeded"
    world.advance("24h")
    with pytest.raises(urllib.error.HTTPError) as gone:
        ask(world, f"/jobs/{job_id}")
    assert gone.value.code == 410


def test_a_failed_job_costs_nothing(world):
    world.scenario(match={"prompt": "doomed"}, effect={"fail": "CONTENT_MODERATION"})
    job_id = submit(world, "a doomed lighthouse")
    assert world.account["reserved_micro_usd"] > 0
    world.settle()
    assert ask(world, f"/jobs/{job_id}")["error"]["code"] == "CONTENT_MODERATION"
    assert world.account["reserved_micro_usd"] == world.account["spent_micro_usd"] == 0
