"""Index runs, told in Chinese: what goes on, and what came of it."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Any

from flask import current_app

from indexer.runs import Run, Runner, Runs

_FULL = os.strerror(errno.ENOSPC)
_NAME = 30  # characters of a file's name that a line shows

#: Why a run failed, and what to do: by the name of the error.
_FAILURES = {
    "CorruptIndexError": (
        "索引已损坏，这次没有更新。请管理员在服务器上运行 gaoku index --rebuild，原来的文件没有动。"
    ),
    "OutdatedIndexError": (
        "索引是另一个版本建立的，这次没有更新。请管理员在服务器上运行 gaoku index --rebuild。"
    ),
    "NotFoundError": "要更新的文件夹不在了，这次没有更新。请管理员看看文件夹是否改了名、网络盘是否连着。",
    "killed": "更新被系统中止，多半是内存不够。索引没有坏，请再试一次；如果还是这样，请告诉管理员。",
}
_LOCKED = "另一个程序正在更新索引，这次没有更新。等它完成后再点“更新索引”。"
_DISK_FULL = "磁盘满了，更新没有完成。索引没有坏，请管理员腾出空间后再更新。"
_FAILED = "更新没有完成，索引没有坏。原因已记入服务器的日志，请告诉管理员。"
_STOPPED = "更新已停止，已有的内容照常搜索。"
_TALLY = (("added", "新增"), ("changed", "改动"), ("moved", "移动"), ("removed", "移除"))


@dataclass(frozen=True, slots=True)
class RunningView:
    """A run that goes on: a line of words, and how many files are read of how many (0: not known yet)."""

    text: str
    done: int
    total: int
    busy: bool


@dataclass(frozen=True, slots=True)
class LastRunView:
    """The run that ended last, in one or two sentences."""

    text: str
    failed: bool


def runner() -> Runner:
    """What starts index runs for this application."""
    held: Runner = current_app.extensions["gaoku-runs"]
    return held


def current(runs: Runs) -> Run | None:
    """The run to tell of: the one that goes on, else the first that waits, else the last."""
    return runs.current or (runs.queued[0] if runs.queued else runs.last)


def running(runs: Runs) -> RunningView | None:
    """What is shown on every page while a run goes on."""
    run = current(runs)
    if run is None or not runs.busy:
        return None
    return RunningView(f"{tell(run)}，搜索照常可用", run.done, run.total, True)


def last(runs: Runs) -> LastRunView | None:
    """What came of the last run, for the page of all files.

    One for what was added comes by itself, too: where it found nothing to do, of the one before it.
    """
    run, before = runs.last, runs.before
    if run and run.paths and _did_nothing(run) and before and before.state == "done":
        run = before
    return LastRunView(tell(run, "原因见下"), _is_fault(run)) if run else None


def as_json(runs: Runs) -> dict[str, Any]:
    """``GET /index-runs``: all that scripts place on a page."""
    run = current(runs)
    ended = runs.last
    return {
        "version": runs.version,
        "busy": runs.busy,
        "number": run.number if run else 0,
        "state": run.state if run else "none",
        "done": run.done if run else 0,
        "total": run.total if run else 0,
        "text": tell(run) if run else "",
        "last": {"number": ended.number, "state": ended.state, "text": tell(ended)} if ended else None,
    }


def tell(run: Run, reasons: str = "原因见“文件”") -> str:
    """A run as it is now, in words. ``reasons``: where it is said why files could not be read."""
    if run.state == "queued":
        return "等待更新索引"
    if run.state == "running" and run.waiting:
        return "等另一个程序更新完索引"
    if run.state == "running":
        return f"正在更新索引：{_step(run)}"
    if run.state == "done":
        return _outcome(run.summary or {}, reasons)
    if run.state == "stopped":
        return _STOPPED
    if run.state == "locked":
        return _LOCKED
    if _FULL in (run.error or ""):
        return _DISK_FULL
    return _FAILURES.get(run.kind, _FAILED)


def _did_nothing(run: Run) -> bool:
    summary = run.summary or {}
    files = summary.get("files", {})
    return run.state == "done" and not summary.get("warnings") and not any(files.get(n) for n, _ in _TALLY)


def _is_fault(run: Run) -> bool:
    return run.state in ("failed", "locked")


def _step(run: Run) -> str:
    """What a run is doing."""
    if run.comparing:
        return "比较相近的文字"
    if not run.total:
        return "查看文件夹"
    read = f"读取 {run.done:,} / {run.total:,} 个文件"
    if run.pages is None:
        return read
    done, total = run.pages
    return f"{read}，识别“{_short(run.file)}”第 {done:,} / {total:,} 页"


def _short(file: str) -> str:
    name = file.rpartition("/")[2]
    return name if len(name) <= _NAME else f"{name[:_NAME]}……"


def _outcome(summary: dict[str, Any], reasons: str) -> str:
    """What came of a run that did all it had to."""
    files = summary.get("files", {})
    parts = [f"{word} {files[name]:,} 个文件" for name, word in _TALLY if files.get(name)]
    told = f"索引已更新：{'，'.join(parts) or '没有变化'}。"
    if files.get("failed"):
        told += f"有 {files['failed']:,} 个文件读不了，{reasons}。"
    if summary.get("warnings"):
        told += f"另有 {len(summary['warnings']):,} 条提醒，已记入服务器的日志。"
    return told
