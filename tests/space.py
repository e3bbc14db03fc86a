"""Start a folder like a Hugging Face Space and tag with it: `python tests/space.py FOLDER`.

If this machine allows it, the process runs in its own namespaces, with only the folder writable and without a network.
"""

import contextlib
import fcntl
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STARTED_S = 240
TEXTS = {
    "超薄冰箱 450升": "refrigerator",
    "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours": "water bottle",
}
# A server that is still importing libraries is slow to describe its endpoints.
_HTTP = {"trust_env": False, "timeout": 60}
_NAMESPACES = ["unshare", "--map-root-user", "--mount", "--net"]
_ISOLATED = "--isolated"
_KEPT = ("/proc", "/sys", "/dev")
# Flags of a running network interface, and the ioctl that sets them.
_UP, _SET_FLAGS = 0x1 | 0x40, 0x8914


def _can_be_isolated() -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run([*_NAMESPACES, "true"], capture_output=True, check=False).returncode == 0
    return False


def _environment() -> dict[str, str]:
    threads = {name: value for name, value in os.environ.items() if name == "OMP_NUM_THREADS"}
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", **threads}


def _isolate(folder: Path) -> None:
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
    for place in (each for each in mounted if each != str(folder) and not each.startswith(_KEPT)):
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=False, capture_output=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
    for elsewhere in (folder.parent / "elsewhere", Path(__file__).with_name("elsewhere")):
        with contextlib.suppress(OSError):
            elsewhere.touch()
            raise AssertionError(f"{elsewhere} could be written")
    with contextlib.suppress(OSError), socket.create_connection(("192.0.2.1", 80), timeout=1):
        raise AssertionError("there is a network")


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[str]:
    address = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": "0"}
    environment = {**_environment(), **address, "TAGWEAVE_SNAPSHOTS": str(folder / "bucket")}
    log = folder / "log.txt"
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=folder, env=environment, stdout=file, stderr=file)
    try:
        end = time.monotonic() + STARTED_S
        while not (found := re.search(r"Tagweave is at (http://\S+)", log.read_text("utf-8"))):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < end, log.read_text("utf-8")
            time.sleep(0.1)
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)


def _tagged(url: str) -> dict[str, list[str]]:
    from gradio_client import Client

    client = Client(url, verbose=False, analytics_enabled=False, httpx_kwargs=_HTTP)
    answers = {text: client.predict(text, api_name="/suggest")["tags"] for text in TEXTS}
    return {text: [each["tag"] for each in tags if each["accepted"]] for text, tags in answers.items()}


def started_and_tagged(folder: Path, *, isolated: bool) -> dict[str, Any]:
    """Start the folder and tag. Return the seconds until the tags, the accepted tags, and the snapshots."""
    begun = time.monotonic()
    with _started(folder) as url:
        accepted = _tagged(url)
        seconds = time.monotonic() - begun
    for text, tag in TEXTS.items():
        assert tag in accepted[text], f"{text}: {accepted[text]}"
    snapshots = [path.name for path in (folder / "bucket").glob("*")]
    return {"isolated": isolated, "seconds": round(seconds, 1), "accepted": accepted, "snapshots": snapshots}


def main(folder: Path, *, isolated: bool) -> None:
    """Start the folder, in its own namespaces if possible, and print the result as one JSON object."""
    os.environ |= {"TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    if isolated:
        _isolate(folder)
    elif _can_be_isolated():
        os.execvp(_NAMESPACES[0], [*_NAMESPACES, sys.executable, __file__, str(folder), _ISOLATED])
    found = started_and_tagged(folder, isolated=isolated)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), isolated=_ISOLATED in sys.argv)
