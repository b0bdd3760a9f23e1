"""A client with the real address built in: `python client.py WAY`. It submits a job, polls it, downloads its picture
and prints what it got. `WAY` says by which library."""

import asyncio
import json
import sys
import urllib.parse
import urllib.request

API = "https://api.photalabs.com/v1/phota"
HEADERS = {"X-API-Key": "test-key-alice", "Content-Type": "application/json"}
BODY = json.dumps({"prompt": "a lighthouse", "async": True, "response_mode": "urls"}).encode()


def by_urllib(method, url, headers, body=None):
    request = urllib.request.Request(url, method=method, headers=headers, data=body)
    with urllib.request.urlopen(request) as response:
        return response.read()


def by_requests(method, url, headers, body=None):
    import requests

    return requests.request(method, url, headers=headers, data=body).content


def by_httpx(method, url, headers, body=None):
    import httpx

    return httpx.request(method, url, headers=headers, content=body).content


def by_aiohttp(method, url, headers, body=None):
    import aiohttp

    async def send():
        # Without trust_env, which is the default, it takes no proxy.
        async with aiohttp.ClientSession() as session:
            async with session.request(method, url, headers=headers, data=body) as response:
                return await response.read()

    return asyncio.run(send())


way = sys.argv[1]
send = {"urllib": by_urllib, "requests": by_requests, "httpx": by_httpx, "aiohttp": by_aiohttp}[way]
handle = json.loads(send("POST", f"{API}/generate", HEADERS, BODY))
while True:
    job = json.loads(send("GET", f"{API}/jobs/{handle['job_id']}", HEADERS))
    if job["status"] not in ("pending", "running"):
        break
url = job["result"]["download_urls"][0]
picture = send("GET", url, {})
host = urllib.parse.urlsplit(url).netloc
result = {"way": way, "status": job["status"], "host": host, "isJpeg": picture.startswith(b"\xff\xd8")}
print(json.dumps(result, separators=(",", ":")))
