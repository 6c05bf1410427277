"""What Whoosh has pickled is read without anything being run.

Whoosh keeps its lists of segments and its postings as pickles, and reading one may run whatever it names. An
index may come from elsewhere, in a backup: so its pickles may name what Whoosh writes and nothing else. See
https://docs.python.org/3/library/pickle.html#restricting-globals.
"""

from __future__ import annotations

import io
import pickle
from typing import IO, Any

from whoosh import columns, formats, legacy
from whoosh.codec import whoosh3
from whoosh.filedb import structfile

_NAMED = frozenset(
    {
        ("whoosh.codec.whoosh3", "W3Segment"),
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


def restrict() -> None:
    """Have Whoosh read its pickles so, and no index of an earlier format, which it would read otherwise."""
    for module in (columns, formats, whoosh3):
        module.loads = _loads
    structfile.load = _load
    legacy.toc_loaders.clear()
