"""The commands with their arguments, from the parser."""

import argparse
from collections.abc import Iterator, Mapping

from docs_site.markdown import block, code, table
from docs_site.texts import Texts
from tagger.cli.parser import build_parser

_SHARED = ("--json", "--config")
_WIDTH = 100
_USAGE = "usage: "


def render(texts: Texts) -> str:
    """Render the options that all commands share, then a section for each command."""
    commands = _commands()
    shared = [each for each in next(iter(commands.values()))._actions if _name(each) in _SHARED]
    parts = [_table(shared, "command", texts)]
    parts += [part for name, parser in commands.items() for part in _command(name, parser, texts)]
    return "\n\n".join(parts)


def _commands() -> Mapping[str, argparse.ArgumentParser]:
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    raise AssertionError("the parser has commands")


def _command(name: str, parser: argparse.ArgumentParser, texts: Texts) -> Iterator[str]:
    section = f"command {name}"
    # A fixed width: the formatter would ask the terminal.
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=_WIDTH)
    yield f"## {name} {{ #{name} }}"
    yield texts.find(section, "", f"{_sentence(parser.description or '')}.")
    yield block("text", parser.format_usage().removeprefix(_USAGE).replace("\n" + " " * len(_USAGE), "\n"))
    own = [each for each in parser._actions if _name(each) not in _SHARED and "--help" not in each.option_strings]
    if own:
        yield _table(own, section, texts)


def _table(actions: list[argparse.Action], section: str, texts: Texts) -> str:
    rows = [[code(_shown(each)), _meaning(each, section, texts)] for each in actions]
    return table(texts.head("argument", "meaning"), rows)


def _meaning(action: argparse.Action, section: str, texts: Texts) -> str:
    text = texts.find((section, "command"), _name(action), _sentence(action.help or ""))
    return text % {**vars(action), "prog": "tagweave"}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _name(action: argparse.Action) -> str:
    return action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)


def _shown(action: argparse.Action) -> str:
    if not action.option_strings:
        return _name(action)
    if action.nargs == 0:
        return _name(action)
    value = "{" + ",".join(action.choices) + "}" if action.choices else action.metavar or action.dest.upper()
    return " ".join([_name(action), *((value,) if isinstance(value, str) else value)])
