"""``make timings``: what a user waits for.

Prints a table: the first index of the sample reports, a run in which nothing changed (both as whole
commands, start of Python included), searches inside one process; the template of two long texts; and how
fast files are read and understood on one core, on the regulations of ``GAOKU_SAMPLES`` where they are there,
else on the sample reports.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from indexer.families.template import make_template
from indexer.library import Library
from indexer.readers import read
from indexer.reports import understand
from indexer.search import make_question, search

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
QUERIES = (
    "招商引资",
    "启源锂电",
    "“海岳环保”",
    "安全生产 隐患",
    "“坚持把招商引资作为园区发展的生命线”",
    "营商环境 | 企业服务",
    "招商引资 part:计划",
    "“一”",
    "的",
    "2020",
    "",
)


def timed(*command: str) -> float:
    """Seconds that a command takes."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def searches(directory: Path, rounds: int = 20) -> list[float]:
    """Milliseconds of each search, the first round left out."""
    library = Library(directory)
    times = []
    for n in range(rounds + 1):
        for query in QUERIES:
            started = time.perf_counter()
            search(library, make_question(query))
            if n:
                times.append((time.perf_counter() - started) * 1000)
    return times


def understanding() -> tuple[str, float, float]:
    """The folder that was read, its size in MB, and how many MB a second."""
    samples = Path(os.environ.get("GAOKU_SAMPLES", "")) / "samples" / "regulations"
    folder = samples if samples.is_dir() else CORPUS
    files = [(p, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.suffix in (".md", ".txt")]
    size = sum(len(data) for _, data in files) / 1e6
    started = time.perf_counter()
    for path, data in files:
        understand(read(path, data), path.stem)
    return folder.name, size, size / (time.perf_counter() - started)


def aligning(length: int = 60_000) -> tuple[float, float]:
    """Seconds that the template of two long texts takes: with an edit every 20 characters; with nothing in
    common."""
    chance = random.Random(1)

    def text() -> str:
        return "".join("。" if n % 9 == 8 else chr(0x4E00 + chance.randrange(3000)) for n in range(length))

    one = text()
    edited = "".join("改" if chance.random() < 0.05 else char for char in one)
    seconds = []
    for other in (edited, text()):
        started = time.perf_counter()
        make_template([one, other])
        seconds.append(time.perf_counter() - started)
    return seconds[0], seconds[1]


def main() -> None:
    """Measure and print."""
    gaoku = [sys.executable, "-m", "indexer"]
    with tempfile.TemporaryDirectory() as directory:
        index = ["index", str(CORPUS), "--index", directory]
        first, again = timed(*gaoku, *index), timed(*gaoku, *index)
        times = sorted(searches(Path(directory)))
    print(f"sample corpus, Python {platform.python_version()}, {platform.machine()}")
    print(f"first index          {first:8.2f} s")
    print(f"unchanged run        {again:8.2f} s")
    print(f"search, median       {statistics.median(times):8.2f} ms")
    print(f"search, 95th pct     {times[int(len(times) * 0.95)]:8.2f} ms")
    name, size, speed = understanding()
    alike, apart = aligning()
    print(
        f"template of 2 texts  {alike:8.2f} s alike, {apart:.2f} s with nothing in common (60,000 characters)"
    )
    print(f"read and understand  {speed:8.2f} MB/s, one core ({size:.1f} MB of {name})")


if __name__ == "__main__":
    main()
