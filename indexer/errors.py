"""One tree of errors; each message says what happened and what to do next.

::

    GaokuError                    a user can read it; commands end with status 1
    ├── UsageError                the request itself is wrong
    │   └── NotFoundError         no such report, section or folder
    ├── UnreadableError           one file cannot be read; the run goes on
    │   └── UnsupportedError      ... because nothing here reads its format
    │       └── MissingExtraError     ... until an extra is installed
    └── IndexStateError               the index cannot be used
        ├── NoIndexError          there is none yet
        ├── OutdatedIndexError    built by another version: rebuild
        ├── CorruptIndexError     damaged: rebuild
        └── LockedIndexError      another run is writing
"""

from __future__ import annotations


class GaokuError(Exception):
    """Anything that a user is told in one line; ``str(error)`` is that line."""

    def __str__(self) -> str:
        # What a library says of a file may have lines of its own.
        return " ".join(line.strip() for line in super().__str__().splitlines())


class UsageError(GaokuError):
    """The request itself is wrong."""


class NotFoundError(UsageError):
    """There is no such report, section or folder."""


class UnreadableError(GaokuError):
    """A file cannot be read. ``str(error)`` is the reason, without the file's name."""


class UnsupportedError(UnreadableError):
    """Nothing here reads this format."""


class MissingExtraError(UnsupportedError):
    """What reads this format is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        """``what``: the format, in Chinese; ``extra``: the one of ours that brings its reader."""
        super().__init__(f'{what}：需要先安装 pip install "gaoku[{extra}]" (an extra is missing: install it)')
        self.extra = extra


class IndexStateError(GaokuError):
    """The index cannot be used."""


class NoIndexError(IndexStateError):
    """There is no index in this folder yet."""


class OutdatedIndexError(IndexStateError):
    """The index was built by another version of the analysis or the schema."""


class CorruptIndexError(IndexStateError):
    """The index is damaged."""


class LockedIndexError(IndexStateError):
    """Another run is writing to this index."""
