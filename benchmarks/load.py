"""``python -m benchmarks.load [FOLDER …]``: does the server bear 32 people at once, for long?

wrk (Debian's package of that name) asks ``gaoku serve`` over 32 connections for 60 seconds, each connection
again as soon as it is answered: searches, reports, suggestions, the API and the files of the page, with words
and ids of the index itself. Then once more while the index is brought up to date, as a server does it: runs
that it is told to start like the button 更新索引 does (POST /index-runs: a process of lower priority), each
over a folder five of whose forty files have changed, one after the other with three seconds between them.
``serve --refresh`` starts them in the same way, seldom as often. With ``--adding FOLDER`` a third time, while
one long run adds the files of a folder.

Printed are errors (statuses of 400 and more, answers after wrk's own two seconds, sockets), requests a
second, how long answers take, and the memory that the server has for itself in the first and in the last
third of each stretch, after a warm-up, and at most: while a newer state of the index is made ready there are
two. Ends with 1 where there was an error, or where the memory of the last third is more than that of the
first by over 20 MB and over a tenth. The figures are those of a machine that does nothing else: what the
server had of a processor is printed, too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from benchmarks.__main__ import CORPUS
from indexer.library import Library
from indexer.model import FiledReport

STATIC = Path(__file__).resolve().parent.parent / "webui" / "static"
_GAOKU = [sys.executable, "-m", "indexer"]
_CHANGING = 40  # files of the folder that changes
_REQUESTS = 5000
_PAUSE = 3.0  # seconds between two runs: far less than any --refresh, whose shortest is a minute
_LONGEST = 60.0  # seconds that the server is waited for
#: How much more memory the server may have in the last third of a stretch than in the first: this, MB, or
#: this share of it, whichever is more. Caches fill and threads come to hold what they need; a leak goes on.
_GROWTH, _GROWTH_SHARE = 20.0, 0.1
#: How often each kind of request is made, in a hundred.
_MIX = {
    "search": 25,
    "filtered search": 8,
    "next page": 4,
    "API search": 20,
    "report": 13,
    "suggest": 12,
    "preview": 5,
    "similar": 3,
    "templates": 1,
    "files": 1,
    "start": 2,
    "static": 6,
}

_LUA = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local threads = {}
function setup(thread) thread:set("seed", #threads + 1); table.insert(threads, thread) end
function init(args) math.randomseed(seed); statuses = "" ; counted = {} end
function request() return wrk.format("GET", paths[math.random(#paths)]) end
function response(status, headers, body)
  counted[status] = (counted[status] or 0) + 1
  statuses = ""
  for s, n in pairs(counted) do statuses = statuses .. string.format('[%%d, %%d],', s, n) end
end
function done(summary, latency, requests)
  local all = ""
  for _, thread in ipairs(threads) do all = all .. thread:get("statuses") end
  local e = summary.errors
  local at = ""
  for _, p in ipairs({50, 90, 95, 99, 99.9, 100}) do
    at = at .. string.format('"%%g": %%f,', p, latency:percentile(math.min(p, 99.9999)) / 1000)
  end
  print("RESULT " .. string.format(
    '{"requests": %%d, "seconds": %%f, "bytes": %%d, ' ..
    '"connect": %%d, "read": %%d, "write": %%d, "timeout": %%d,' ..
    ' "latency": {%%s "max": %%f}, "statuses": [%%s []]}',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect, e.read, e.write, e.timeout,
    at, latency.max / 1000, all))
end
"""


def make_paths(directory: Path, chance: random.Random, count: int = _REQUESTS) -> list[str]:
    """What is asked, with words and ids of an index, in the proportions of ``_MIX``."""
    library = Library(directory)
    reports = list(library.reports())
    library.close()
    static = [f"/static/{path.name}" for path in sorted(STATIC.iterdir()) if path.is_file()]
    kinds, weights = list(_MIX), list(_MIX.values())
    return [
        _path(kind, chance.choice(reports), chance, static)
        for kind in chance.choices(kinds, weights, k=count)
    ]


def _path(kind: str, filed: FiledReport, chance: random.Random, static: list[str]) -> str:
    section = chance.randrange(len(filed.report.sections))
    place = f"{filed.report_id}-{section}"
    query = quote(words(filed, chance))
    year = filed.report.year or 2020
    return {
        "search": f"/?q={query}",
        "filtered search": f"/?q={query}&year={year - 3}..{year}&sort=newest",
        "next page": f"/?q={quote(words(filed, chance)[:2])}&page=2",
        "API search": f"/api/search?q={query}&limit=20",
        "report": f"/report/{filed.report_id}?q={query}",
        "suggest": f"/api/suggest?q={quote(words(filed, chance)[:2])}",
        "preview": f"/preview/{place}?q={query}",
        "similar": f"/similar?to={place}",
        "templates": "/templates",
        "files": "/files",
        "start": "/",
        "static": chance.choice(static),
    }[kind]


def words(filed: FiledReport, chance: random.Random) -> str:
    """One to three stretches of two to four characters, as somebody types who looks for this report."""
    section = chance.choice(filed.report.sections)
    text = "".join((*section.path, *section.paragraphs)) or filed.report.title
    runs = re.findall(r"[\u4e00-\u9fff]{2,}", text) or [filed.report.title]
    found = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        run, length = chance.choice(runs), chance.choice((2, 4, 4))
        start = chance.randrange(max(len(run) - length, 0) + 1)
        found.append(run[start : start + length])
    return " ".join(found)


@contextmanager
def served(directory: Path) -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its number and its address."""
    process = subprocess.Popen(
        [*_GAOKU, "serve", "--index", str(directory), "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        found = None
        while not found:
            line = process.stderr.readline()
            if not line:
                raise SystemExit("the server has ended")
            found = re.search(r"http://[\d.]+:\d+", line)
        said = threading.Thread(target=_pass_on, args=(process.stderr,), daemon=True)
        said.start()
        yield process.pid, found.group()
    finally:
        process.terminate()
        process.wait()


def _pass_on(lines: Any) -> None:
    for line in lines:
        print("server:", line.rstrip(), file=sys.stderr)


class Watched:
    """A process while the with block lasts: its memory, MB, each second, and the seconds of a processor that
    it took.

    Memory is what it has for itself (``RssAnon``): the files of the index that it looks into lie in its
    memory, too (``RssFile``), as long as nobody else needs the room.
    """

    def __init__(self, process: int) -> None:
        self._status = Path(f"/proc/{process}/status")
        self._stat = Path(f"/proc/{process}/stat")
        self.processor = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.seen: list[float] = []
        self.files = 0.0

    def _look(self) -> None:
        told = dict(re.findall(r"(RssAnon|RssFile):\s+(\d+)", self._status.read_text()))
        self.seen.append(int(told["RssAnon"]) / 1024)
        self.files = int(told["RssFile"]) / 1024

    def _taken(self) -> float:
        user, system = self._stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _watch(self) -> None:
        while not self._end.wait(1):
            self._look()

    def __enter__(self) -> Watched:
        self.processor = -self._taken()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.processor += self._taken()


class Server:
    """A server, asked as its page asks it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._ask = build_opener(HTTPCookieProcessor())
        page = self._ask.open(f"{address}/files", timeout=_LONGEST).read().decode("utf-8")
        token = re.search(r'<meta name="csrf-token" content="([^"]+)"', page)
        if token is None:
            raise SystemExit("the page has no token")
        self._token = token[1]

    def start_run(self) -> None:
        """As the button 更新索引."""
        fields = urlencode({"what": "all", "csrf_token": self._token}).encode("ascii")
        accept = {"Accept": "application/json"}
        self._ask.open(Request(f"{self._address}/index-runs", fields, accept), timeout=_LONGEST).read()

    def runs(self) -> dict[str, Any]:
        """What goes on, and what came of the last run."""
        with self._ask.open(f"{self._address}/index-runs", timeout=_LONGEST) as answer:
            state: dict[str, Any] = json.load(answer)
        return state


class Updates:
    """Index runs that the server is told to start while the with block lasts, one after the other, each over
    what ``change`` (told the number of the run) has changed."""

    def __init__(self, server: Server, change: Callable[[int], object]) -> None:
        self._server, self._change = server, change
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.runs: list[float] = []  # seconds that each took
        self.failed: list[str] = []  # what the server says of those that did not do it, and why they ended

    @property
    def good(self) -> bool:
        """Whether there were runs, and all did what they were to do."""
        return bool(self.runs) and not self.failed

    def _work(self) -> None:
        try:
            self._run()
        except Exception as error:  # of a thread nobody else would know it
            self.failed.append(repr(error))

    def _run(self) -> None:
        while True:
            self._change(len(self.runs))
            self._server.start_run()
            started = time.perf_counter()
            while (state := self._server.runs())["busy"]:
                time.sleep(0.25)
            self.runs.append(time.perf_counter() - started)
            if state["last"]["state"] != "done":
                self.failed.append(state["last"]["text"])
            if self._end.wait(_PAUSE):
                return

    def __enter__(self) -> Updates:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


class Journal:
    """A folder of text files, some of which change from time to time."""

    def __init__(self, folder: Path, texts: list[str], chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        folder.mkdir()
        for number in range(_CHANGING):
            self._file(number).write_text(chance.choice(texts), "utf-8")

    def change(self, turn: int) -> None:
        """Five files say something else."""
        for number in self._chance.sample(range(_CHANGING), 5):
            path = self._file(number)
            told = f"\n\n第{turn}次修改，完成投资{self._chance.randrange(10**6)}万元。"
            path.write_text(path.read_text("utf-8")[:20_000] + told, "utf-8")

    def _file(self, number: int) -> Path:
        return self._folder / f"第{number}期工作总结.txt"


def ask(address: str, script: Path, connections: int, seconds: int) -> dict[str, Any]:
    """What wrk tells."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", str(script), address]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, Any] = json.loads(
        next(line for line in told.splitlines() if line.startswith("RESULT"))[7:]
    )
    statuses: Counter[int] = Counter()
    for status, count in filter(None, result["statuses"]):
        statuses[status] += count
    result["statuses"] = dict(statuses)
    result["errors"] = {
        **{str(status): count for status, count in statuses.items() if status >= 400},
        **{kind: result[kind] for kind in ("connect", "read", "write", "timeout") if result[kind]},
    }
    return result


def thirds(memory: list[float]) -> tuple[float, float]:
    """The mean of the first and of the last third, MB."""
    third = max(len(memory) // 3, 1)
    return statistics.mean(memory[:third] or [0]), statistics.mean(memory[-third:] or [0])


def grows(memory: list[float]) -> bool:
    """Whether a process that had this memory, MB, one second after the other, takes more and more."""
    first, last = thirds(memory)
    return last - first > max(_GROWTH, _GROWTH_SHARE * first)


def show(name: str, result: dict[str, Any], watched: Watched) -> bool:
    """Print a stretch; whether it was without error and memory did not grow."""
    memory = watched.seen
    first, last = thirds(memory)
    latency = result["latency"]
    print(f"\n{name}")
    print(f"  requests     {result['requests']:8,}  {result['requests'] / result['seconds']:8.1f}/s")
    share, each = watched.processor / result["seconds"], watched.processor / max(result["requests"], 1)
    print(f"  processor    {share:8.0%} of one for the server, {each * 1000:.1f} ms a request")
    print(f"  errors       {result['errors'] or 'none'}")
    print(
        "  latency ms   "
        + "  ".join(f"{at}: {latency[at]:.0f}" for at in ("50", "90", "95", "99", "99.9", "max"))
    )
    print(
        f"  memory MB    {first:.1f} -> {last:.1f} ({last - first:+.1f}), at most {max(memory or [0]):.1f}; "
        f"files {watched.files:.1f}"
    )
    if grows(memory):
        print(f"  memory grows by more than {_GROWTH:g} MB and {_GROWTH_SHARE:.0%}")
    return not result["errors"] and not grows(memory)


def build(scratch: Path, given: argparse.Namespace, chance: random.Random) -> tuple[Path, Journal]:
    """An index of what is asked and of a folder that changes, and that folder."""
    directory, folder = scratch / "index", scratch / "更新"
    if given.index is None:
        index(directory, [path.resolve() for path in given.folders])
    else:
        shutil.copytree(given.index, directory)
    library = Library(directory)
    texts = ["\n".join(p for s in filed.report.sections for p in s.paragraphs) for filed in library.reports()]
    library.close()
    folder.mkdir()
    journal = Journal(folder / "期刊", texts, chance)
    index(directory, [folder])
    return directory, journal


def index(directory: Path, folders: list[Path]) -> None:
    """An index run before anything is measured."""
    command = [*_GAOKU, "index", "--index", str(directory), "--json", "--", *map(str, folders)]
    subprocess.run(command, check=True, capture_output=True)


def measure(
    address: str, process: int, given: argparse.Namespace, script: Path, folder: Path, journal: Journal
) -> bool:
    """Every stretch, printed as it ends; whether all were without error."""
    stretches: list[tuple[str, Callable[[int], object] | None]] = [
        (f"{given.connections} connections, {given.seconds} s", None),
        ("the same, while index runs follow each other", journal.change),
    ]
    if given.adding is not None:
        add = partial(shutil.copytree, given.adding, folder / "添加")
        stretches.append(("the same, while one run adds a folder", lambda turn: turn or add()))
    server = Server(address)
    ask(address, script, given.connections, given.warm_up)
    good = True
    for name, change in stretches:
        updates = Updates(server, change) if change else None
        with updates or nullcontext(), Watched(process) as watched:
            result = ask(address, script, given.connections, given.seconds)
        good &= show(name, result, watched)
        if updates:
            took = ", ".join(f"{seconds:.1f}" for seconds in updates.runs)
            print(f"  index runs   {len(updates.runs)}: {took} s")
            print("".join(f"  failed       {text}\n" for text in updates.failed), end="")
            good &= updates.good
    return good


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[CORPUS], help="what is indexed and asked")
    parser.add_argument("--index", type=Path, help="an index that is copied and asked instead")
    parser.add_argument(
        "--adding", type=Path, help="a folder that one long run adds, in a stretch of its own"
    )
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--warm-up", type=int, default=15, help="seconds that are not counted")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="gaoku-load-") as name:
        scratch = Path(name)
        os.environ["GAOKU_SETTINGS"] = str(scratch / "settings")
        directory, journal = build(scratch, given, chance)
        script = scratch / "mix.lua"
        (scratch / "paths").write_text("\n".join(make_paths(directory, chance)) + "\n", "utf-8")
        script.write_text(_LUA % {"paths": scratch / "paths"}, "utf-8")
        with served(directory) as (process, address):
            good = measure(address, process, given, script, scratch / "更新", journal)
    sys.exit(not good)


if __name__ == "__main__":
    main()
