"""What the processes share that carry out tasks: loaded once, by the process that they are copies of.

The readers of files, the dictionary of words and the tables of characters take longer to load or to fill than
most files take to read.
"""

import indexer.reading
from indexer.engines.whoosh.tokenising import contents_of, packed
from indexer.model import FileEntry, Report, Section

__all__ = ["indexer"]

# The characters that nearly all of a text consists of: level 1 of GB 2312, and signs.
_COMMON = bytes(b for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) for b in (high, low))
_TEXT = _COMMON.decode("gb2312", "ignore") + "，。、；：？！“”（）《》 ab12.5%"
_ENTRY = FileEntry("a", "", None, "text", None, 1, len(_TEXT))

contents_of([packed(_ENTRY, [Report(1, "", (Section(None, 0, (), (_TEXT,)),))])])
