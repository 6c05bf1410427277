"""How much of a file is read: what is beyond is no report, and must not harm."""

from __future__ import annotations

MAX_CHARACTERS = 10_000_000  # of a document
MAX_PAGES = 5_000
MAX_MEMBERS = 10_000  # of an archive
MAX_UNPACKED = 1 << 30  # bytes, of all members of an archive
MAX_RATIO = 200  # unpacked over packed, of a member with more than ...
RATIO_COUNTS_FROM = 10 << 20  # bytes
MAX_DEPTH = 256  # of elements within elements
