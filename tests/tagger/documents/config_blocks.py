"""Check blocks of configuration: that what reads them would take them."""

import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

from index.files.product_reader import read_products
from index.product import Product
from tagger.cli.parser import parse_args
from tagger.settings import read
from tests.tagger.documents.blocks import ROOT, Block

_DOCKER = {"FROM", "RUN", "COPY", "WORKDIR", "USER", "ENV", "EXPOSE", "VOLUME", "ENTRYPOINT", "CMD", "HEALTHCHECK"}
_NGINX = re.compile(r"\s*(?:[\w-]+(?: [^;{}]+)?;|[\w-]+(?: [^;{}]+)? \{|\})")


def check_toml(block: Block, folder: Path) -> None:
    """Packages need a name; all else must be settings of a store."""
    values = tomllib.loads(block.code)
    if "project" in values:
        assert values["project"]["name"]
        return
    path = folder / "checked.toml"
    path.write_text(block.code, "utf-8")
    read(path)


def check_json(block: Block, folder: Path) -> None:
    assert json.loads(block.code)


def check_csv(block: Block, folder: Path) -> None:
    """Every row has as many cells as there are columns; of files with our own columns each row is a product."""
    path = folder / "checked.csv"
    path.write_text(block.code, "utf-8")
    header, *rows = block.code.splitlines()
    assert all(row.count(",") == header.count(",") for row in rows if '"' not in row)
    if "title" in header.split(","):
        assert all(isinstance(each.outcome, Product) for each in read_products([path]))


def check_dockerfile(block: Block, folder: Path) -> None:
    """Only known instructions, files that are there, and a command line that is understood."""
    for line in block.code.replace("\\\n", " ").splitlines():
        instruction, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        assert instruction in _DOCKER, line
        if instruction == "COPY":
            *sources, _target = rest.split()
            assert [source for source in sources if not (ROOT / source).exists()] == []
        if instruction == "CMD":
            check_command(json.loads(rest))


def check_ini(block: Block, folder: Path) -> None:
    """A unit of systemd: a service whose command line is understood, or a timer."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(block.code)
    if "Timer" in unit:
        assert {"Unit", "Install"} <= set(unit.sections())
        assert unit["Timer"]["OnCalendar"]
        return
    # What a timer starts is not installed by itself.
    is_timed = unit["Service"].get("Type") == "oneshot"
    assert {"Unit", "Service"} | (set() if is_timed else {"Install"}) <= set(unit.sections())
    check_command(shlex.split(unit["Service"]["ExecStart"]))


def check_cron(block: Block, folder: Path) -> None:
    """Lines of a table of cron with a user, whose command lines are understood."""
    for line in block.code.splitlines():
        if not line.startswith("#"):
            *times, user, command = line.split(None, 6)
            assert all(re.fullmatch(r"[\d*/,-]+", each) for each in times), line
            assert re.fullmatch(r"[a-z]+", user), line
            check_command(shlex.split(command))


def check_nginx(block: Block, folder: Path) -> None:
    """Directives end with a semicolon, and braces are balanced."""
    code = re.sub(r"#.*", "", block.code)
    assert re.fullmatch(rf"(?:{_NGINX.pattern})*\s*", code), block
    assert code.count("{") == code.count("}")


def check_command(words: list[str]) -> None:
    """Accept a command line that starts the program `tagweave`."""
    assert Path(words[0]).name == "tagweave"
    parse_args(words[1:])


CHECKS: dict[str, Callable[[Block, Path], None]] = {
    "cron": check_cron,
    "csv": check_csv,
    "dockerfile": check_dockerfile,
    "ini": check_ini,
    "json": check_json,
    "nginx": check_nginx,
    "toml": check_toml,
}
