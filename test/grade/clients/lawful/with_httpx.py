"""Three pictures with httpx and asyncio: a queue of prompts, and two tasks that work it off."""
import asyncio
import os
import sys
import tempfile
import uuid
from pathlib import Path

import httpx

TRANSIENT = (429, 500, 502, 503, 504)
URL_REFUSED = (400, 401, 403, 404, 410)
TRIES = 4


async def send(client, method, url, **options):
    """A good answer. Anything transient is tried again, so a submit must have its client_request_id."""
    for attempt in range(1, TRIES + 1):
        wait_s = 2 ** (attempt - 1)
        try:
            answer = await client.request(method, url, **options)
            if answer.status_code not in TRANSIENT or attempt == TRIES:
                return answer.raise_for_status()
            wait_s = max(wait_s, int(answer.headers.get("Retry-After", 0)))
        except httpx.TransportError:
            if attempt == TRIES:
                raise
        await asyncio.sleep(wait_s)


async def make(api, web, prompt, directory):
    body = {"prompt": prompt, "output_format": "jpg", "response_mode": "urls", "async": True}
    handle = await send(api, "POST", "/generate", json={**body, "client_request_id": str(uuid.uuid4())})
    job_id, wait_s, tries = handle.json()["job_id"], 1, TRIES
    while True:
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s + 1, 10)
        job = (await send(api, "GET", f"/jobs/{job_id}")).json()
        if job["status"] == "failed":
            raise RuntimeError(f"job {job_id} failed: {job['error']['message']}")
        if job["status"] != "succeeded":
            continue
        try:
            picture = await send(web, "GET", job["result"]["download_urls"][0])
        except httpx.HTTPStatusError as error:
            tries -= 1
            if error.response.status_code not in URL_REFUSED or tries == 0:
                raise
            continue
        path = directory / f"{job_id}.jpg"
        path.write_bytes(picture.content)
        print(path)
        return


async def main():
    queue = ["lighthouse, linocut", "phare, gravure sur bois", "majakka, puupiirros, yö"]
    directory = Path(tempfile.mkdtemp(prefix="pictures-"))
    headers = {"X-API-Key": os.environ["PHOTA_API_KEY"]}
    async with (
        httpx.AsyncClient(base_url=os.environ["PHOTA_BASE_URL"], headers=headers, timeout=60) as api,
        httpx.AsyncClient(follow_redirects=True, timeout=60) as web,
    ):
        async def work():
            while queue:
                await make(api, web, queue.pop(), directory)

        await asyncio.gather(work(), work())


try:
    asyncio.run(main())
except (httpx.HTTPError, RuntimeError) as error:
    sys.exit(f"not all pictures are there: {error!r}")
