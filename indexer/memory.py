"""What was freed, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Have the C library let go of memory that nobody uses any more.

    glibc keeps what lies between pieces that are still in use, one heap for each of several threads: after
    each large structure that is made and dropped in turns, some more. Elsewhere, nothing.
    """
    with suppress(AttributeError, OSError, TypeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)
