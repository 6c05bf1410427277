"""``python -m benchmarks``: what a user waits for, on the sample reports.

Prints a table: the first index, a run in which nothing changed (both as whole commands, start of Python
included), and searches inside one process.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from indexer.library import Library
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


if __name__ == "__main__":
    main()
