"""Two texts line by line: which lines belong together, which are new, gone or moved elsewhere.

``lines`` tells what two lines have in common, ``beside`` puts those that belong together beside each other,
``moves`` finds those that went elsewhere, ``rows`` makes rows of all of them, with what differs in each.
"""

from indexer.alignment.rows import Aligned, Part, RowKind, align, changes_of

__all__ = ["Aligned", "Part", "RowKind", "align", "changes_of"]
