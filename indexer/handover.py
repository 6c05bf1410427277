"""Handing large arrays from one process to another: in a file that both map, not through a pipe.

On its way through a pipe everything is copied four times: pickled, written, read, unpickled. Here the arrays
are written once, and those of the receiver are views of the file. The rest is pickled (PEP 574: pickle
protocol 5 with out-of-band data)::

    file    array   …   array        each at a multiple of ALIGNMENT
"""

from __future__ import annotations

import mmap
import pickle
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from indexer.stretches import ALIGNMENT


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over: a value, but for its arrays, and the file with those."""

    pickled: bytes
    path: Path
    sizes: tuple[int, ...]  # of the arrays, in bytes


def sent(value: object, folder: Path) -> Parcel:
    """Put the arrays of a value into a new file of a folder; whoever receives it removes the file.

    Raises OSError.
    """
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, 5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            for view in views:
                file.write(view)
                file.write(bytes(-view.nbytes % ALIGNMENT))
            file.write(bytes(ALIGNMENT))  # so that there is something to map
            file.flush()
        except BaseException:
            Path(file.name).unlink()
            raise
    return Parcel(pickled, Path(file.name), tuple(view.nbytes for view in views))


def received(parcel: Parcel) -> Any:
    """The value; its arrays are not to be written to. The file is gone when nobody holds one of them.

    Raises OSError.
    """
    with parcel.path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    with suppress(PermissionError):  # Windows removes nothing that is mapped; with the folder, then
        parcel.path.unlink()
    starts = accumulate((size + -size % ALIGNMENT for size in parcel.sizes), initial=0)
    views = [mapped[start : start + size] for start, size in zip(starts, parcel.sizes, strict=False)]
    return pickle.loads(parcel.pickled, buffers=views)  # noqa: S301  # this program's own
