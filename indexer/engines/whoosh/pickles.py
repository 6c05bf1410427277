"""What Whoosh has pickled is read without anything being run.

Whoosh keeps its lists of segments and its postings as pickles, and reading one may run whatever it names. An
index may come from elsewhere, in a backup: so its pickles may name what Whoosh writes and nothing else. See
https://docs.python.org/3/library/pickle.html#restricting-globals.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import IO, Any

from whoosh import columns, formats, index, legacy
from whoosh.codec import whoosh3
from whoosh.filedb import structfile

_NAMED = frozenset(
    {
        ("whoosh.codec.whoosh3", "W3Segment"),
        ("indexer.engines.whoosh.codec", "ArrayCodec"),
        # Of an index of Whoosh's own, which the benchmarks hold against ours.
        ("whoosh.codec.whoosh3", "W3Codec"),
        ("collections", "defaultdict"),
        ("builtins", "int"),
        ("_codecs", "encode"),  # bytes, in pickles of the second protocol
    }
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMED:
            raise pickle.UnpicklingError(f"{module}.{name} does not belong into an index")
        return super().find_class(module, name)


def _load(stream: IO[bytes]) -> Any:
    return _Unpickler(stream).load()


def _loads(content: bytes) -> Any:
    return _Unpickler(io.BytesIO(content)).load()


#: Where Whoosh has read pickles by: its modules, and what they have of the module pickle.
_READERS: tuple[tuple[ModuleType, str, Callable[..., Any]], ...] = (
    (columns, "loads", _loads),
    (formats, "loads", _loads),
    (whoosh3, "loads", _loads),
    (structfile, "load", _load),
)

#: For whoosh.index, which has the whole module.
_RESTRICTED = ModuleType("pickle", pickle.__doc__)
vars(_RESTRICTED).update({**vars(pickle), "load": _load, "loads": _loads, "Unpickler": _Unpickler})


def restrict() -> None:
    """Have Whoosh read its pickles so, and no index of an earlier format, which it would read otherwise.

    Raises ImportError with a Whoosh that reads them in another way, which would not be restricted.
    """
    expected: list[tuple[ModuleType, str, object, object]] = [(index, "pickle", pickle, _RESTRICTED)]
    expected += [(module, name, getattr(pickle, name), own) for module, name, own in _READERS]
    for module, name, whooshs, own in expected:
        if getattr(module, name, None) not in (whooshs, own):
            raise ImportError(
                f"{module.__name__}.{name} is not what is known of it: this version of Whoosh cannot be used,"
                " for nothing would keep its pickles from running what they name"
            )
    for module, name, _, own in expected:
        setattr(module, name, own)
    legacy.toc_loaders.clear()
