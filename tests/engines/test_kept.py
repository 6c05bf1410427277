"""What was found lately, within a bound of bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.engines.whoosh.kept import Found, Kept

ENTRY = 512  # bytes that an entry counts for beside its arrays
MOST = 10 * ENTRY


def find(key: str, size: int = 0) -> Callable[[], Found]:
    """Finds two arrays of so many bytes together, the first of which says for which key."""
    name = np.frombuffer(key.encode("ascii"), dtype=np.uint8)
    return lambda: (name, np.zeros(size - len(name), dtype=np.uint8))


def never() -> Found:
    raise AssertionError("it was found before")


def there(kept: Kept, keys: str) -> str:
    """Which of the keys are kept."""
    found = []
    for key in keys:
        try:
            kept.get(key, never)
        except AssertionError:
            continue
        found.append(key)
    return "".join(found)


def test_what_was_found_is_not_looked_for_again() -> None:
    kept = Kept(MOST)
    first = kept.get("a", find("a", 100))
    assert kept.get("a", never) is first
    kept.clear()
    assert there(kept, "a") == ""
    assert kept.get("a", find("a", 100)) is not first


def test_what_fails_is_not_kept() -> None:
    kept = Kept(MOST)
    with pytest.raises(AssertionError):
        kept.get("a", never)
    assert there(kept, "a") == ""
    kept.get("a", find("a", 1))
    assert there(kept, "a") == "a"


def test_what_is_too_large_is_found_and_not_kept() -> None:
    kept = Kept(MOST)
    for _ in range(2):
        assert len(kept.get("a", find("a", MOST))[1]) == MOST - 1
        assert there(kept, "a") == ""
    kept.get("b", find("b", MOST - ENTRY))
    assert there(kept, "ab") == "b"


#: Of ten that have room without arrays of their own, hence nine of one byte.
@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("abcdefghi", "abcdefghi"),
        ("abcdefghij", "bcdefghij"),
        ("abcdefghiaj", "acdefghij"),  # a was asked for again
        ("abcdefghijklmnopqr", "jklmnopqr"),
        ("aaaaaaaaaaaaaaaaaa", "a"),
    ],
)
def test_what_was_asked_for_least_lately_goes_first(asked: str, left: str) -> None:
    kept = Kept(MOST)
    for key in asked:
        kept.get(key, find(key, 1))
    assert there(kept, "".join(sorted(set(asked)))) == left


SIZES = {key: n * ENTRY for n, key in enumerate("abcdefghijklmn", 1)}  # the last ones are too large alone


@given(st.text("abcdefghijklmn", max_size=40))
@example("cbacba")
@example("abcna")
def test_the_bound_holds(asked: str) -> None:
    """As much as fits of what was there, that which was asked for last."""
    kept, wanted = Kept(MOST), ""
    for key in asked:
        name, _ = kept.get(key, find(key, SIZES[key]))
        assert name.tobytes() == key.encode("ascii")
        wanted = wanted.replace(key, "") + key
        while sum(SIZES[k] + ENTRY for k in wanted) > MOST:
            wanted = wanted[1:]
        assert list(kept._found) == list(wanted)
        assert sum(sum(a.nbytes for a in found) for found in kept._found.values()) <= MOST


def test_two_threads_that_find_the_same_at_once() -> None:
    """Both get it, and it is counted once: there is room for the others."""
    kept, both = Kept(MOST), threading.Barrier(2, timeout=10)

    def together() -> Found:
        both.wait()
        return find("a", 6 * ENTRY)()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: kept.get("a", together), range(2))
    assert one[0].tobytes() == other[0].tobytes() == b"a"
    kept.get("b", find("b", 2 * ENTRY))
    assert there(kept, "ab") == "ab"


def test_many_threads() -> None:
    kept, keys = Kept(MOST), "abcdefghijklmn"

    def ask(thread: int) -> None:
        chance = np.random.default_rng(thread)
        for place in chance.integers(0, len(keys), 500):
            key = keys[place]
            assert kept.get(key, find(key, SIZES[key]))[0].tobytes() == key.encode("ascii")
            if not place:
                kept.clear()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert kept._size == sum(SIZES[str(key)] + ENTRY for key in kept._found) <= MOST
