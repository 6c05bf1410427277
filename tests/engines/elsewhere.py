"""What may become of a task in another process; these are given the function to call, and its arguments."""

from __future__ import annotations

import errno
import multiprocessing
import os
import time
from collections.abc import Callable
from typing import Any


def elsewhere() -> bool:
    """Whether this is another process than the one that runs the tests."""
    return multiprocessing.parent_process() is not None


def called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Nothing becomes of it; but it is never called in the process that asks for it."""
    assert elsewhere()
    return function(*arguments)


def dies(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """The process ends."""
    assert elsewhere()
    os._exit(3)


def has_no_memory(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """There is no memory left for it."""
    assert elsewhere()
    raise MemoryError


def has_no_room(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """There is no room left on the disk for what it makes."""
    assert elsewhere()
    raise OSError(errno.ENOSPC, "no space left on device")


def is_late(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """It takes longer than anybody waits."""
    assert elsewhere()
    time.sleep(2)
    return function(*arguments)
