"""Which segments an update writes anew.

Each update adds a segment, and every question is put to all of them: few are faster. What is deleted leaves
the disk when its segment is written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from whoosh.reading import SegmentReader

_LARGER = 2  # times as many documents as those written so far: so large a segment is taken in


def merge(writer: Any, segments: Sequence[Any]) -> list[Any]:
    """Whoosh's merge policy: add segments to what is written, and return those that stay as they are.

    The smallest first, as long as they are not much larger than what is written with them; and each that is
    deleted for the most part. So a segment that stays is more than twice as large as the new one, and as the
    next smaller one while nothing of it is deleted: of n documents there are some log(n) segments, and a
    document is written anew so many times, not with each update.
    """
    written = writer.docnum - writer.docbase
    stay = []
    for segment in sorted(segments, key=lambda s: s.doc_count()):
        count = segment.doc_count()
        if count > _LARGER * written and count * 2 > segment.doc_count_all():
            stay.append(segment)
            continue
        reader = SegmentReader(writer.storage, writer.schema, segment)
        try:
            writer.add_reader(reader)
        finally:
            reader.close()
        written += count
    return stay
