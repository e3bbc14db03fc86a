"""Clients that cost little: raw sockets in one process, one connection each, that honour Retry-After.

Reads one JSON object from standard input and writes one to standard output, so that a benchmark can run it apart.
"""

import asyncio
import json
import random
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """What happened to the requests; latencies in seconds."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    without_retry: int = 0
    errors: dict[str, int] = field(default_factory=dict)


def main() -> None:
    """Run the clients that standard input describes."""
    asked = json.load(sys.stdin)
    tally = asyncio.run(_run(asked))
    used = resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "seconds": asked["seconds"],
        "answered": sorted(tally.answered),
        "refused": sorted(tally.refused),
        "without_retry": tally.without_retry,
        "errors": tally.errors,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }
    json.dump(report, sys.stdout)


async def _run(asked: dict[str, Any]) -> Tally:
    tally, end = Tally(), time.monotonic() + asked["seconds"]
    clients = [_client(asked, number, end, tally) for number in range(asked["clients"])]
    await asyncio.gather(*clients)
    return tally


async def _client(asked: dict[str, Any], number: int, end: float, tally: Tally) -> None:
    place, texts, rng = number, asked["texts"], random.Random(number)
    reader, writer = await asyncio.open_connection(asked["host"], asked["port"])
    try:
        while time.monotonic() < end:
            body = {"text": f"{texts[place % len(texts)]} {asked['mark']}{place}", **asked["options"]}
            place += asked["clients"]
            begun = time.monotonic()
            try:
                writer.write(_request(asked["path"], json.dumps(body).encode()))
                status, headers = await _answer(reader)
            except (OSError, asyncio.IncompleteReadError) as error:
                _count(tally, type(error).__name__)
                reader, writer = await asyncio.open_connection(asked["host"], asked["port"])
                continue
            seconds = time.monotonic() - begun
            if time.monotonic() > end:
                break
            if status == 200:
                tally.answered.append(seconds)
            elif status == 429:
                tally.refused.append(seconds)
                tally.without_retry += "retry-after" not in headers
                pause = int(headers.get("retry-after", "1")) + rng.random()
                await asyncio.sleep(min(pause, max(0.0, end - time.monotonic())))
            else:
                _count(tally, str(status))
            if headers.get("connection") == "close":
                writer.close()
                reader, writer = await asyncio.open_connection(asked["host"], asked["port"])
    finally:
        writer.close()


def _request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    else:
        await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers


def _count(tally: Tally, name: str) -> None:
    tally.errors[name] = tally.errors.get(name, 0) + 1


if __name__ == "__main__":
    main()
