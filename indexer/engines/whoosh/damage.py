"""A damaged index is one clear error, wherever in Whoosh it shows."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from indexer.errors import CorruptIndexError, GaokuError

_log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def guarded(method: Callable[P, R]) -> Callable[P, R]:
    """Let ``method`` raise CorruptIndexError where the index is damaged.

    On bytes that are not what was written, Whoosh, pickle, zlib, struct and JSON raise whatever they stumble
    over; the log keeps what it was.
    """

    return _converting(method, (GaokuError,))


def guarded_writing(method: Callable[P, R]) -> Callable[P, R]:
    """The same for writing, where an OSError is the disk's (full, not permitted), not the index's."""
    return _converting(method, (GaokuError, OSError))


def _converting(method: Callable[P, R], passed: tuple[type[Exception], ...]) -> Callable[P, R]:
    @functools.wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except passed:
            raise
        except Exception as error:
            _log.debug("reading the index failed", exc_info=True)
            raise CorruptIndexError(
                "索引已损坏，请重建 (the index is damaged; build it again from your files with): "
                f"gaoku index --rebuild  ({type(error).__name__}: {error})"
            ) from error

    return wrapper
