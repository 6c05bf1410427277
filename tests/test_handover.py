"""What is handed over in a file comes as it was, and leaves nothing behind."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.handover import Parcel, received, sent
from indexer.pools import executor
from indexer.stretches import ALIGNMENT

ARRAYS: dict[str, NDArray[Any]] = {
    "numbers": np.arange(1000, dtype=np.int64),
    "one": np.array([7], dtype=np.uint8),
    "none": np.zeros(0, dtype=np.uint32),
    "wide": np.arange(77, dtype=np.uint64),
}


def made(folder: Path) -> Parcel:
    """For another process."""
    return sent(ARRAYS, folder)


def test_arrays_come_as_they_were(tmp_path: Path) -> None:
    found = received(sent({"text": "招商", **ARRAYS}, tmp_path))
    assert found.pop("text") == "招商"
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()
        assert found[name].ctypes.data % ALIGNMENT == 0


def test_from_another_process(tmp_path: Path) -> None:
    pool: ProcessPoolExecutor = executor(1, 1 << 30)
    try:
        found = received(pool.submit(made, tmp_path).result(60))
    finally:
        pool.shutdown()
    assert {name: array.tolist() for name, array in found.items()} == {
        name: array.tolist() for name, array in ARRAYS.items()
    }


def test_a_value_without_arrays(tmp_path: Path) -> None:
    assert received(sent("招商", tmp_path)) == "招商"


def test_nothing_is_left_and_the_arrays_stay(tmp_path: Path) -> None:
    found = received(sent(ARRAYS, tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert found["numbers"].sum() == 499_500
    with pytest.raises(ValueError, match="read-only"):
        found["numbers"][0] = 1


def test_arrays_are_not_pickled(tmp_path: Path) -> None:
    parcel = sent(np.zeros(1_000_000), tmp_path)
    assert len(pickle.dumps(parcel)) < 1000


def test_what_is_gone_is_an_error_of_the_system(tmp_path: Path) -> None:
    parcel = sent(ARRAYS, tmp_path)
    parcel.path.unlink()
    with pytest.raises(FileNotFoundError):
        received(parcel)
    with pytest.raises(FileNotFoundError):
        sent(ARRAYS, tmp_path / "nowhere")


FULL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from indexer.handover import sent
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    sent(np.zeros(1_000_000), Path(sys.argv[1]))
except OSError:
    print("OSError")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no limits on files")
def test_what_cannot_be_written_whole_is_not_left(tmp_path: Path) -> None:
    """A disk that is full, in a process whose files may have so many bytes."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "OSError\n", done.stderr
    assert list(tmp_path.iterdir()) == []
