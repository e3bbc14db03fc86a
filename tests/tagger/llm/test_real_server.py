"""A real local server: `transformers serve` over a tiny model whose weights are written by hand."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tagger.llm.answer_cache import AnswerCache
from tagger.llm.budget import Budget, Prices
from tagger.llm.endpoint import Endpoint
from tagger.llm.language_model import LanguageModel, Limits, Model
from tagger.llm.question import Question
from tagger.llm.reading import ReadAnswer

STARTED_S = 120
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}<answer>"


def write_model(folder: Path) -> None:
    """Save a model that answers each question with "2", whatever stands before."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    numbers = {text: number for number, text in enumerate([*letters, "<answer>", "<end>"])}
    tokenizer = Tokenizer(models.BPE(vocab=numbers, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<answer>", "<end>"])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", chat_template=TEMPLATE)
    fast.save_pretrained(folder)
    width = len(numbers)
    config = LlamaConfig(
        vocab_size=width,
        hidden_size=264,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=4,
        max_position_embeddings=8192,
        bos_token_id=None,
        eos_token_id=numbers["<end>"],
        pad_token_id=numbers["<end>"],
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # Without attention and layers, a token depends on the one before it alone.
            if "norm" not in name:
                weight.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(width, 264))
        model.lm_head.weight[numbers["2"], numbers["<answer>"]] = 1.0
        model.lm_head.weight[numbers["<end>"], numbers["2"]] = 1.0
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running server, and the name of its model."""
    from transformers.utils.import_utils import is_serve_available

    if not is_serve_available():
        pytest.skip("transformers serve needs the package openai")
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from transformers.cli.transformers import main; main()"
    command = [sys.executable, "-c", program, "serve", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "NO_PROXY": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    log = folder / "log.txt"
    with log.open("wb") as written:
        server = subprocess.Popen([*command, "--device", "cpu"], env=environment, stdout=written, stderr=written)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + STARTED_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text("utf-8", errors="replace")[-2000:]
        try:
            if httpx.get(url, trust_env=False).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    pytest.fail(log.read_text("utf-8", errors="replace")[-2000:])


@pytest.mark.slow
def test_a_real_server_that_heeds_no_schema_is_read_all_the_same(served: tuple[str, str], tmp_path: Path) -> None:
    url, name = served
    ledger = tmp_path / "llm.sqlite"
    budget = Budget(ledger, Prices(), tokens=100_000, money=0.0)
    limits = Limits(max_tokens=8, wait_s=60, retries=1, concurrency=2)
    model = LanguageModel(Endpoint(url), Model(name), budget, AnswerCache(ledger), limits)
    questions = [Question("choose", f"mug {number}", "", [], ["cup", "mug", "shoe"]) for number in range(3)]
    assert model.answer(questions, ["a", "b", "c"]) == [ReadAnswer({1: 1.0}, ())] * 3
    # One token a byte: the model's own are counted, not those that were reserved. The answer is "2" and its end.
    read = sum(sum(len(each["content"].encode()) for each in asked.messages()) + 1 for asked in questions)
    assert budget.spent().tokens == read + 3 * 2
    assert model.known(questions) == [ReadAnswer({1: 1.0}, ())] * 3
