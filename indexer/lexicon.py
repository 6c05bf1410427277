"""The office's word files on disk, followed as they change."""

from __future__ import annotations

import logging
from pathlib import Path

from indexer.analysis.dictionary import EMPTY, Lexicon, make_lexicon
from indexer.errors import UnreadableError
from indexer.readers.text import decode

DICTIONARY = "dictionary.txt"
SYNONYMS = "synonyms.txt"

_log = logging.getLogger(__name__)
_Stamps = tuple[tuple[int, int] | None, ...]


class LexiconFiles:
    """The lexicon of a settings folder; read again whenever one of its files has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: tuple[str, ...] = ()  # what could not be used, in Chinese
        self._stamps: _Stamps | None = None
        self._lexicon = EMPTY

    def current(self) -> Lexicon:
        """The lexicon as the files say now; a file that is missing or cannot be read says nothing."""
        stamps = tuple(_stamp(self.folder / name) for name in (DICTIONARY, SYNONYMS))
        if stamps != self._stamps:
            dictionary, fault = _text(self.folder / DICTIONARY)
            synonyms, other = _text(self.folder / SYNONYMS)
            self._lexicon = make_lexicon(dictionary, synonyms)
            alone = (f"{SYNONYMS} 里这一行只有一个词：{line}" for line in self._lexicon.alone)
            self.faults = (*filter(None, (fault, other)), *alone)
            self._stamps = stamps
        return self._lexicon


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _text(path: Path) -> tuple[str, str]:
    """What a word file holds, in whatever encoding it was saved; and what is wrong with it."""
    try:
        return decode(path.read_bytes())[0], ""
    except FileNotFoundError:
        return "", ""
    except (OSError, UnreadableError) as error:
        _log.warning("%s cannot be read: %s", path, error)
        return "", f"{path.name} 读不出来，请用记事本另存为 UTF-8 文本"
