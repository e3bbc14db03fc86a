import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from index.errors import BadSetting
from tagger.jobs.file_jobs import MOST_BYTES
from tagger.web.server import _listening

ROOT = Path(__file__).parents[3]


def test_a_taken_port_is_one_clear_line(server, store):
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "tagger.cli", "serve", str(store.folder), "--port", port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert re.fullmatch(rf"tagweave: cannot listen on 127.0.0.1, port {port}: .*; choose another\n", done.stderr)


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 0), ("192.0.2.1", 0)])
def test_an_address_that_cannot_be_had_is_refused(host, port):
    with pytest.raises(BadSetting, match=f"cannot listen on {host}, port {port}: .*; choose another"):
        _listening(host, port)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_out_of_range_is_refused(port):
    with pytest.raises(BadSetting, match=f"port {port} does not exist; choose one from 0"):
        _listening("127.0.0.1", port)


def test_any_free_port_can_be_asked_for():
    with _listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        assert listener.getsockname()[1] > 0


def test_the_parts_of_an_answer_do_not_wait_for_acknowledgements():
    with _listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_server_that_is_stopped_says_nothing_of_pages_that_are_still_open(serving, tmp_path):
    with serving(tmp_path / "log") as server:
        with httpx.stream("GET", f"{server.url}/gradio_api/heartbeat/any", trust_env=False, timeout=60) as pulse:
            next(pulse.iter_raw())
            server.process.terminate()
            assert server.process.wait(20) is not None
    assert (tmp_path / "log").read_text() == f"Tagweave is at {server.url} (Ctrl+C stops it)\n"


def test_the_page_names_nothing_that_is_to_be_fetched_from_elsewhere(server):
    page = httpx.get(server.url, trust_env=False, timeout=60).text
    fetched = re.findall(r'(?:src|<link[^>]* href)="(https?://[^"]+)"', page)
    assert "<title>" in page or "gradio" in page
    assert [address for address in fetched if not address.startswith(server.url)] == []
    theme = httpx.get(f"{server.url}/theme.css", trust_env=False, timeout=60).text
    assert "--primary-500" in theme
    assert re.findall(r"url\(.?https?:", theme) == []


def test_analytics_run_history_and_monitoring_are_off(server):
    config = httpx.get(f"{server.url}/config", trust_env=False, timeout=60).json()
    assert config["analytics_enabled"] is False
    assert httpx.get(f"{server.url}/monitoring", trust_env=False, timeout=60).status_code >= 400
    # Gradio's page asks for this and logs an error where it is refused, so it is empty.
    summary = httpx.get(f"{server.url}/monitoring/summary", trust_env=False, timeout=60)
    assert summary.json() == {"functions": {}}
    assert [link for link in config["footer_links"] if link != "api"] == ["settings"]


def test_a_large_file_cannot_be_left_on_the_server(server):
    files = {"files": ("big.txt", b"a" * (MOST_BYTES + 20_000))}
    assert httpx.post(f"{server.url}/gradio_api/upload", files=files, trust_env=False, timeout=60).status_code == 413
