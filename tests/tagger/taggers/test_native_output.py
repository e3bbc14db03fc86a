import os
import subprocess
import sys

import pytest

from tagger.taggers.native_output import drop_native_output


def test_what_a_library_prints_is_dropped_and_what_other_threads_print_comes_afterwards() -> None:
    code = (
        "import os, sys, threading\n"
        "from tagger.taggers.native_output import drop_native_output\n"
        "with drop_native_output():\n"
        "    os.write(1, b'native out'); os.write(2, b'native err')\n"
        "    thread = threading.Thread(target=lambda: (print('said'), print('told', file=sys.stderr)))\n"
        "    thread.start(); thread.join()\n"
        "print('after')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_env())
    assert (ended.stdout, ended.stderr) == ("said\nafter\n", "told\n")


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_what_was_printed_is_not_lost_if_the_library_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with drop_native_output():
            print("said")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert capsys.readouterr().out == "said\n"
