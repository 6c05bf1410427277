"""A folder of hostile files beside good ones: the run ends, and each costs no more than its line.

The long part has the marker ``hostile`` and runs with ``make hostile``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import folder
from tests.hostile.folder import ABSENT, FAILS, READ, SECRET, Hostile
from tests.hostile.made import TEXT, good
from tests.hostile.running import Run, command, descendants, environment, gaoku

pytestmark = [
    pytest.mark.reading,
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc"),
]

MEMORY = 1_500_000_000  # bytes that all processes may hold together
GRACE = 5.0  # seconds beyond its time limit in which a file has ended
SECONDS = 60.0  # the limit of a file, as it is by default
GOOD = (".docx", ".pdf", ".ofd", ".odt", ".xlsx", ".html", ".eml", ".zip", ".txt")
QUICK, SLOW = "quick", pytest.param("slow", marks=pytest.mark.hostile)


class Listening:
    """An address on this machine, and whether anybody has asked it for something."""

    def __init__(self) -> None:
        self.asked = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self._socket.accept()
                self.asked += 1
                connection.close()
        except OSError:
            return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@dataclass(slots=True)
class Scene:
    """What a first and a second run made of the folder."""

    root: Path
    files: dict[str, Hostile]
    first: Run
    second: Run
    asked: int
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)  # of `list`, by name below the folder


def run_index(root: Path, *more: str, seconds: float = 1200.0) -> Run:
    return gaoku("index", *more, "--index", "index", "--jobs", "2", "--json", cwd=root, seconds=seconds)


def shown(root: Path, *arguments: str) -> str:
    asked = command(*arguments, "--index", "index")
    done = subprocess.run(asked, capture_output=True, cwd=root, env=environment(root), check=True)
    return done.stdout.decode("utf-8")


@pytest.fixture(scope="module", params=[QUICK, SLOW])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    # Not pytest's folder: deep folders are removed by whoever can.
    root = Path(tempfile.mkdtemp(prefix="gaoku-hostile-"))
    listening = Listening()
    try:
        (root / "别处").mkdir()
        secret = root / "别处" / "secret.txt"
        secret.write_text(SECRET, "utf-8")
        files = folder.fill(root / "文件", listening.url, secret, slow=request.param == "slow")
        (root / "文件" / "好").mkdir()
        for suffix in GOOD:
            (root / "文件" / "好" / f"好{suffix}").write_bytes(good(suffix))
        first = run_index(root, "文件")
        second = run_index(root)
        scene = Scene(root, files, first, second, listening.asked)
        if first.code == 0:
            scene.lines = {entry["file"].partition("/")[2]: entry for entry in first.json["list"]}
        yield scene
    finally:
        listening.close()
        subprocess.run(["chmod", "-R", "u+rwX", str(root)], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_the_run_ends_well(scene: Scene) -> None:
    assert scene.first.code == 0, scene.first.err[-3000:]
    assert "Traceback" not in scene.first.err


def lines_of(scene: Scene, name: str) -> list[dict[str, Any]]:
    """The line of a file or folder, and those of what is inside."""
    return [line for file, line in scene.lines.items() if file == name or file.startswith(f"{name}/")]


def test_each_has_its_line(scene: Scene) -> None:
    failed = {f["file"].partition("/")[2]: f["reason"] for f in scene.first.json["failed"]}
    wrong = []
    for name, hostile in scene.files.items():
        lines = lines_of(scene, name)
        reasons = [failed[f] for f in failed if f == name or f.startswith(f"{name}/")]
        if hostile.becomes == ABSENT:
            fits = not lines and not reasons
        elif hostile.becomes == FAILS:
            # Of an archive, the files inside it have lines of their own.
            holding = {other["file"].rpartition("/")[0] for other in lines}
            fits = bool(reasons) and all(line["failed"] or line["file"] in holding for line in lines)
            fits &= all(hostile.says in reason for reason in reasons)
        elif hostile.becomes == READ:
            fits = any(line["reports"] for line in lines) and (name not in failed)
        else:
            fits = bool(lines) or bool(reasons)
        if not fits:
            wrong.append((name, hostile.becomes, hostile.says, lines[:3], reasons[:3]))
    assert wrong == []


def test_a_reason_is_one_line_in_chinese_and_english(scene: Scene) -> None:
    for entry in scene.first.json["failed"]:
        assert "\n" not in entry["reason"]
        assert "(" in entry["reason"], entry
        assert any("\u4e00" <= c <= "\u9fff" for c in entry["reason"]), entry


def test_the_good_ones_are_found(scene: Scene) -> None:
    for suffix in GOOD:
        lines = lines_of(scene, f"好/好{suffix}")
        assert any(line["reports"] for line in lines), suffix
        assert all(line["failed"] is None for line in lines), suffix
    answer = json.loads(shown(scene.root, "search", "“全年完成投资45亿元”", "--json", "--limit", "1000"))
    assert {hit["file"].partition("/")[2] for hit in answer["hits"]} >= {"好/好.txt", "好/好.zip/总结.txt"}


def test_nothing_from_elsewhere(scene: Scene) -> None:
    assert SECRET not in shown(scene.root, "export")
    assert "root:" not in shown(scene.root, "search", "root", "--json")
    assert scene.asked == 0
    assert not list(Path(tempfile.gettempdir()).glob("gaoku-外*"))
    assert sorted(p.name for p in scene.root.iterdir()) == sorted(["别处", "文件", "index"])


def test_memory(scene: Scene) -> None:
    assert scene.first.peak < MEMORY, (scene.first.held, scene.first.err[-300:])


def test_time_of_each_file(scene: Scene) -> None:
    assert 0 < scene.first.longest < SECONDS + GRACE


def test_nothing_remains(scene: Scene) -> None:
    for run in (scene.first, scene.second):
        assert run.left == []
        assert run.alive() == []


def test_a_second_run_leaves_things_as_they_are(scene: Scene) -> None:
    first, second = scene.first.json, scene.second.json
    assert scene.second.code == 0
    assert second["list"] == first["list"]
    assert second["files"]["added"] == second["files"]["changed"] == second["files"]["removed"] == 0
    assert second["files"]["seen"] == first["files"]["seen"]
    assert sorted(map(str, second["failed"])) == sorted(map(str, first["failed"]))


def test_the_index_is_whole(scene: Scene) -> None:
    assert json.loads(shown(scene.root, "verify", "--json")) == {"ok": True, "problems": []}


# -- while it runs ----------------------------------------------------------------------------------


def repeated(act: Callable[[], None]) -> Callable[[], None]:
    """Do something again and again; the call that is returned ends that."""
    ended = threading.Event()

    def loop() -> None:
        while not ended.is_set():
            act()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()

    return end


def test_files_that_change_and_go_while_they_are_read(tmp_path: Path) -> None:
    corpus = tmp_path / "文件"
    corpus.mkdir()
    for n in range(300):
        (corpus / f"{n:03}.txt").write_text(TEXT, "utf-8")
    changing, gone = corpus / "变.csv", list(corpus.glob("2*.txt"))
    versions = [("指标,数值\n" + f"投资,{n}\n" * 30_000).encode() for n in (45, 67)]
    changing.write_bytes(versions[0])
    turn = iter(range(10**9))

    def act() -> None:
        changing.write_bytes(versions[next(turn) % 2])
        if gone:
            gone.pop().unlink()
            time.sleep(0.005)

    end = repeated(act)
    try:
        run = run_index(tmp_path, "文件")
    finally:
        end()
    assert run.code == 0, run.err
    for failed in run.json["failed"]:
        assert "读取时文件已不在" in failed["reason"] or failed["file"].endswith("变.csv"), failed
    changing.write_bytes(versions[1])
    after = run_index(tmp_path).json
    assert after["failed"] == []
    assert len(after["list"]) == 201
    lines = [json.loads(line) for line in shown(tmp_path, "export").splitlines()]
    text = "".join("".join(line["paragraphs"]) for line in lines if line["file"].endswith("变.csv"))
    assert text.count("67") == 30_000
    assert "45" not in text


def long_text(path: Path, megabytes: int) -> None:
    """A text of so many megabytes; some take longer to read than anybody waits."""
    with path.open("wb") as stream:
        for n in range(megabytes * 40):
            stream.write(f"第{n}段，全年完成投资{n}亿元。\n".encode() * 600)


def busy(process: subprocess.Popen[bytes]) -> list[int]:
    """Wait until workers read; all processes of the run."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        tree = descendants(process.pid)
        if len(tree) >= 4:
            time.sleep(1.0)
            return descendants(process.pid)
        time.sleep(0.02)
    raise AssertionError("no workers were seen")


def ended(pids: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()]:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_stopped_while_workers_read(tmp_path: Path, sign: signal.Signals) -> None:
    corpus = tmp_path / "文件"
    corpus.mkdir()
    (corpus / "总结.txt").write_text(TEXT, "utf-8")
    assert run_index(tmp_path, "文件").code == 0
    before = shown(tmp_path, "export")
    for n in range(3):
        long_text(corpus / f"长{n}.txt", 20)
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    with subprocess.Popen(
        command("index", "--index", "index", "--jobs", "2"),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment(scratch),
        start_new_session=True,
    ) as process:
        tree = busy(process)
        if sign == signal.SIGINT:
            os.killpg(process.pid, sign)  # as a terminal does
        else:
            process.kill()
        _, err = process.communicate(timeout=20)
        assert ended(tree, 5.0)
    if sign == signal.SIGINT:
        assert process.returncode == 1
        assert err.decode() == "gaoku: stopped; the index is as it was before\n"
        assert list(scratch.iterdir()) == []
    assert shown(tmp_path, "export") == before
    shutil.rmtree(corpus)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("setting", "words"), [("GAOKU_FILE_SECONDS", "读取超过 2 秒"), ("GAOKU_FILE_MEMORY", "内存")]
)
def test_limits_can_be_set(tmp_path: Path, setting: str, words: str) -> None:
    corpus = tmp_path / "文件"
    corpus.mkdir()
    long_text(corpus / "长.txt", 20)
    (corpus / "总结.txt").write_text(TEXT, "utf-8")
    value = "2" if setting == "GAOKU_FILE_SECONDS" else "120"
    run = gaoku(
        "index", "文件", "--index", "index", "--json", cwd=tmp_path, seconds=200, more={setting: value}
    )
    assert run.code == 0
    (failed,) = run.json["failed"]
    assert failed["file"] == "文件/长.txt"
    assert words in failed["reason"]
    assert run.json["reports"] == 1
    assert run.longest < float(value) + GRACE
    assert (run.alive(), run.left) == ([], [])
