"""Upload to and download from a hub, using a small fake of its HTTP interface on this machine."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tagger import Tagger

ROOT = Path(__file__).parents[3]
THIRD_PARTY = ROOT / "tests" / "tagger" / "third_party"
COMMIT = "c0ffee" * 6 + "c0ff"


class Hub(BaseHTTPRequestHandler):
    """A hub with one repository, acme/shop, without LFS. It refuses any token but "secret"."""

    files: dict[str, bytes]
    created: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        address = f"http://{self.headers['Host']}/acme/shop"
        if self.headers["Authorization"] != "Bearer secret":
            self._answer({"error": "Invalid credentials"}, 401)
        elif self.path == "/api/repos/create":
            self.created.append(json.loads(body)["name"])
            self._answer({"url": address})
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif self.path == "/api/models/acme/shop/preupload/main":
            asked = [each["path"] for each in json.loads(body)["files"]]
            self._answer({"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in asked]})
        elif self.path == "/api/models/acme/shop/commit/main":
            lines = [json.loads(line) for line in body.splitlines()]
            added = [line["value"] for line in lines if line["key"] == "file"]
            self.files.update({each["path"]: base64.b64decode(each["content"]) for each in added})
            self._answer({"success": True, "commitOid": COMMIT, "commitUrl": f"{address}/commit/{COMMIT}"})
        else:
            self._answer({"error": f"nothing at {self.path}"}, 404)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/api/models/acme/shop/revision/main":
            siblings = [{"rfilename": name} for name in sorted(self.files)]
            self._answer({"id": "acme/shop", "sha": COMMIT, "siblings": siblings})
        elif path.startswith(f"/api/models/acme/shop/tree/{COMMIT}"):
            listed = [
                {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
                for name, data in sorted(self.files.items())
            ]
            self._answer(listed)
        elif path.removeprefix(f"/acme/shop/resolve/{COMMIT}/") in self.files:
            self._send(self.files[path.removeprefix(f"/acme/shop/resolve/{COMMIT}/")], 200)
        else:
            self._answer({"error": "Repository not found"}, 404)

    do_HEAD = do_GET

    def _answer(self, value: object, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), status)

    def _send(self, data: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{abs(hash(data)):x}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[ThreadingHTTPServer]:
    """The fake hub, on a free port."""
    handler = type("OneHub", (Hub,), {"files": {}, "created": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def run(script: str, hub: ThreadingHTTPServer, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in its own process, because the hub's library reads the hub's address only once."""
    environment = os.environ | {
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_address[1]}",
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(THIRD_PARTY)]),
    }
    environment.pop("HF_HUB_OFFLINE", None)
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_tagger_goes_to_the_hub_and_comes_back_the_same(
    fitted_shop: Tagger, hub: ThreadingHTTPServer, tmp_path: Path
) -> None:
    script = f"""
from tagger import Tagger
shop = Tagger.open({str(fitted_shop.folder)!r})
print(shop.push_to_hub("acme/shop", private=True, token="secret"))
copy = Tagger.from_pretrained("acme/shop", folder={str(tmp_path / "copy")!r})
assert abs(copy.suggest("mug no 3")[0].probability - shop.suggest("mug no 3")[0].probability) < 1e-9
print(copy.suggest("mug no 3")[0].tag, copy.info().products)
"""
    done = run(script, hub, tmp_path / "home")
    address = f"http://127.0.0.1:{hub.server_address[1]}/acme/shop/commit/{COMMIT}"
    assert (done.returncode, done.stdout.splitlines()) == (0, [address, "mug 0"]), done.stderr
    handler = hub.RequestHandlerClass
    assert handler.created == ["shop"]  # type: ignore[attr-defined]
    card = handler.files["README.md"].decode()  # type: ignore[attr-defined]
    assert 'Tagger.from_pretrained("acme/shop")' in card
    assert "products.jsonl" not in handler.files  # type: ignore[attr-defined]


def test_what_the_hub_refuses_is_one_clear_line(fitted_shop: Tagger, hub: ThreadingHTTPServer, tmp_path: Path) -> None:
    script = f"""
from tagger import Tagger, TagweaveError
shop = Tagger.open({str(fitted_shop.folder)!r})
for call in (
    lambda: shop.push_to_hub("acme/shop", token="wrong"),
    lambda: Tagger.from_pretrained("acme/none"),
    lambda: Tagger.from_pretrained("no/such/folder"),
):
    try:
        call()
    except TagweaveError as error:
        print(type(error).__name__, error)
"""
    done = run(script, hub, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    refused, unknown, unnamed = done.stdout.splitlines()
    assert refused.startswith("HubError the hub failed for 'acme/shop': ")
    assert "401" in refused
    assert unknown.startswith("HubError the hub failed for 'acme/none': ")
    assert unnamed == "HubError 'no/such/folder' is neither a folder nor a repository name such as name/shop"
