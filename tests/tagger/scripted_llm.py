"""A server that speaks chat completions over real HTTP, and misbehaves as a script says."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server sends. `drip_s` is a pause after each byte; `cut` ends the connection in the middle."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    finish: str = "stop"
    refusal: str | None = None
    tokens: tuple[tuple[str, float, dict[str, float]], ...] = ()
    usage: bool = True
    wait_s: float = 0.0
    drip_s: float = 0.0
    cut: bool = False


Script = Callable[[dict[str, Any], int], Reply]


def asked(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the model was shown: product, similar products and candidates."""
    shown: dict[str, Any] = json.loads(body["messages"][-1]["content"])
    return shown


def knowing(right: Callable[[str], set[str]], *, new: bool = False) -> Script:
    """Return a script that chooses the candidates that are right for a title."""

    def answer(body: dict[str, Any], number: int) -> Reply:
        shown = asked(body)
        tags = right(shown["product"]["title"])
        chosen = [int(key) for key, tag in shown["candidates"].items() if tag in tags]
        more = sorted(tags - set(shown["candidates"].values())) if new else []
        return Reply(json.dumps({"tags": chosen, "new": more}, ensure_ascii=False))

    return answer


class ScriptedModel:
    """The server. `script` takes the body of a request and its number; `requests` and `tokens` tell what happened."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.tokens = 0
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with outer._lock:
                    outer._running += 1
                    outer.most_at_once = max(outer.most_at_once, outer._running)
                    number = len(outer.requests)
                    outer.requests.append(body)
                    outer.headers.append(dict(self.headers))
                try:
                    self._send(outer.script(body, number), body)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                finally:
                    with outer._lock:
                        outer._running -= 1

            def _send(self, reply: Reply, body: dict[str, Any]) -> None:
                time.sleep(reply.wait_s)
                content = reply.body if reply.body is not None else outer._completion(reply, body)
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.cut:
                    self.wfile.write(content[: len(content) // 2])
                    self.close_connection = True
                elif reply.drip_s:
                    for byte in content:
                        self.wfile.write(bytes([byte]))
                        time.sleep(reply.drip_s)
                else:
                    self.wfile.write(content)

            def log_message(self, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _completion(self, reply: Reply, body: dict[str, Any]) -> bytes:
        if reply.status != 200:
            return b'{"error": {"message": "as the script says"}}'
        message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": reply.finish}
        if reply.tokens and body.get("logprobs"):
            choice["logprobs"] = {"content": [_token(*each) for each in reply.tokens]}
        answer: dict[str, Any] = {"object": "chat.completion", "choices": [choice]}
        if reply.usage:
            read = sum(len(each["content"]) for each in body["messages"]) // 4
            written = min(len(reply.text) // 4 + 1, body["max_tokens"])
            with self._lock:
                self.tokens += read + written
            answer["usage"] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return json.dumps(answer).encode()

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> "ScriptedModel":
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def _token(text: str, logprob: float, others: dict[str, float]) -> dict[str, Any]:
    return {
        "token": text,
        "logprob": logprob,
        "top_logprobs": [{"token": each, "logprob": chance} for each, chance in others.items()],
    }
