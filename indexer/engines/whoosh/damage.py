"""A damaged index is one clear error, wherever in Whoosh it shows."""

from __future__ import annotations

import functools
import pickle
import struct
import zlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from whoosh.index import IndexError as WhooshIndexError

from indexer.errors import CorruptIndexError

P = ParamSpec("P")
R = TypeVar("R")

#: What Whoosh, pickle, zlib and JSON raise on bytes that are not what was written.
DAMAGE = (
    WhooshIndexError,
    pickle.UnpicklingError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    TypeError,
    ValueError,
)


def guarded(method: Callable[P, R]) -> Callable[P, R]:
    """Let ``method`` raise CorruptIndexError where the index is damaged."""

    @functools.wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except DAMAGE as error:
            raise CorruptIndexError(
                "索引已损坏 (the index is damaged); 请运行 build it again from your files with: "
                f"gaoku index --rebuild  ({type(error).__name__}: {error})"
            ) from error

    return wrapper
