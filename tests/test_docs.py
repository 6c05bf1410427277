"""The documentation keeps up with the code: every command, every setting, every path that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from indexer.cli import main
from indexer.errors import UsageError
from indexer.settings import Settings

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
SETTINGS = sorted(f"GAOKU_{field.name.upper()}" for field in fields(Settings))


def commands() -> list[str]:
    """The commands that ``gaoku --help`` lists."""
    shown = CliRunner().invoke(main, ["--help"]).stdout
    return re.findall(r"^  (\w[\w-]*)  ", shown.partition("Commands:")[2], re.MULTILINE)


def test_help_lists_every_command() -> None:
    assert commands() == sorted(name for name, command in main.commands.items() if not command.hidden)


def test_every_command_and_option_has_help() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts[0]}"


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readmes(readme: str, command: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert re.search(rf"\bgaoku {command}\b", text), f"{readme} does not show `gaoku {command}`"


@pytest.mark.parametrize("readme", READMES)
def test_the_readmes_show_no_command_that_is_not_there(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    shown = set(re.findall(r"(?:^|[\s`/])gaoku ([a-z]+)\b", code))
    assert shown <= set(main.commands)


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_in_the_readmes(readme: str, setting: str) -> None:
    assert setting in (ROOT / readme).read_text("utf-8")


WHOLE = ("GAOKU_FILE_MEMORY", "GAOKU_UPLOAD_SIZE", "GAOKU_UPLOAD_FREE")
NUMBERS = ("GAOKU_FILE_SECONDS", *WHOLE)


@pytest.mark.parametrize("given", ["别处", "0", "-1", "nan", "inf"])
def test_a_number_that_is_none(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_FILE_SECONDS", given)
    with pytest.raises(UsageError, match=f"^GAOKU_FILE_SECONDS must be a number above 0, not '{given}'$"):
        Settings.from_environment()


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("given", ["别处", "-1", "0.5", "1e3", "nan", "inf", "9" * 30, "9" * 5000])
def test_a_number_that_is_not_whole(name: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(UsageError, match=f"^{name} must be a whole number from . to .*, not '{given}'$"):
        Settings.from_environment()


def test_only_of_room_there_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_UPLOAD_FREE", "0")
    assert Settings.from_environment().upload_free == 0
    for name in WHOLE[:2]:
        with monkeypatch.context() as patch:
            patch.setenv(name, "0")
            with pytest.raises(UsageError, match="from 1 to"):
                Settings.from_environment()


@pytest.mark.parametrize("given", ["别处", "0", "-1", "1.5", "²", "99999"])
def test_a_whole_number_that_is_none(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_JOBS", given)
    told = f"^GAOKU_JOBS must be a whole number from 1 to 9999, not '{given}'$"
    with pytest.raises(UsageError, match=told):
        Settings.from_environment()


def test_every_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    default = Settings.from_environment()
    assert default == Settings()
    for name in SETTINGS:
        with monkeypatch.context() as patch:
            patch.setenv(name, "7" if name in (*NUMBERS, "GAOKU_JOBS") else "别处")
            assert Settings.from_environment() != default, name


@pytest.mark.parametrize("readme", READMES)
def test_the_readmes_name_no_setting_that_is_not_there(readme: str) -> None:
    named = set(re.findall(r"GAOKU_[A-Z_]*[A-Z]", (ROOT / readme).read_text("utf-8")))
    assert named <= {*SETTINGS, "GAOKU_SAMPLES"}  # the latter is for the tests


def test_settings_in_the_code_are_those_of_settings_py() -> None:
    used = {
        name
        for package in ("indexer", "webui")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r"GAOKU_[A-Z_]*[A-Z]", path.read_text("utf-8"))
    }
    assert used <= set(SETTINGS)


# -- ARCHITECTURE.md --------------------------------------------------------------------------------

#: How a path of this project begins; ``index/`` is left out: what is in it is built.
TOP = ("indexer", "webui", "bundling", "tests", "benchmarks", "docs", "corpus")
ENDINGS = (".py", ".md", ".cfg", ".toml", ".html", ".css", ".js")


def named_paths(text: str) -> Iterator[tuple[str, str]]:
    """Yield the paths in headings and in `code`, each with the folder of the heading that it stands under."""
    folder = ""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        if line.startswith("#"):
            in_heading = re.search(r"[\w.-]+(?:/[\w.-]+)*/|[\w/-]+\.py", line)
            folder = in_heading.group() if in_heading else ""
            if folder:
                yield folder, ""
        for code in re.findall(r"`([^`]+)`", line) + re.findall(r"\]\(([^)#:]+)\)", line):
            if re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*/?", code) and (
                code.startswith(tuple(f"{t}/" for t in TOP)) or code.endswith(ENDINGS)
            ):
                yield code, folder


def tree_paths(text: str) -> Iterator[str]:
    """Yield the paths of the trees in code blocks: folders end in a slash, what is in them is indented."""
    for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL):
        lines = block.splitlines()
        if not lines or not re.match(rf"(?:{'|'.join(TOP)})/", lines[0]):
            continue
        above: list[tuple[int, str]] = []
        for line in lines:
            plain = re.sub(r"[│├└─]", " ", line)
            depth = len(plain) - len(plain.lstrip())
            # Names come first, one or several; what is said of them stands after two spaces.
            for name in re.split(r"\s{2,}", plain.strip())[0].split():
                if not (name.endswith("/") or name.endswith(ENDINGS)):
                    break
                while above and above[-1][0] >= depth:
                    above.pop()
                path = "".join(part for _, part in above) + name
                yield path
                if name.endswith("/"):
                    above.append((depth, name))


def is_there(path: str, folder: str = "") -> bool:
    """Whether the path is there: from the top, in the folder that is spoken of, or in a package."""
    above = [ROOT, ROOT / "indexer", ROOT / "webui", ROOT / "tests"]
    if folder:
        above += [base / folder for base in above]
        above += [base.parent for base in above if base.suffix == ".py"]
    return any((base / path).exists() for base in above)


def test_the_paths_in_the_architecture_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = list(named_paths(text))
    tree = list(tree_paths(text))
    assert named or tree
    missing = [path for path, folder in named if not is_there(path, folder)]
    missing += [path for path in tree if not path.startswith("index/") and not is_there(path)]
    assert missing == []


def test_every_room_is_in_the_architecture() -> None:
    """A package of the indexer that the map does not show cannot be found by those who read it."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = [p.parent.name for p in (ROOT / "indexer").glob("*/__init__.py")] + ["webui"]
    assert [room for room in sorted(rooms) if f"{room}/" not in text] == []


def test_what_is_checked_in_a_text() -> None:
    """The checks above see what they are meant to see."""
    text = (
        "# Map\n## indexer/readers/\n`text.py` and `nothing.py`, `indexer/cli.py`, not `a/b` or `x.y`\n"
        "```\nindexer/    the code\n  cli.py    a command\n  search.py gone.py\n  engines/  base\n"
        "    scan.py\nwebui/\n```\n"
    )
    assert list(named_paths(text)) == [
        ("indexer/readers/", ""),
        ("text.py", "indexer/readers/"),
        ("nothing.py", "indexer/readers/"),
        ("indexer/cli.py", "indexer/readers/"),
    ]
    assert list(tree_paths(text)) == [
        "indexer/",
        "indexer/cli.py",
        "indexer/search.py",
        "indexer/gone.py",
        "indexer/engines/",
        "indexer/engines/scan.py",
        "webui/",
    ]
    assert [is_there(path, folder) for path, folder in named_paths(text)] == [True, True, False, True]
    assert [is_there(path) for path in tree_paths(text)] == [True, True, True, False, True, True, True]
