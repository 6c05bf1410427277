"""What the processes share that carry out tasks: loaded once, by the process that they are copies of.

The readers of files and the dictionary of words take longer to load than most files to read.
"""

import indexer.engines.whoosh.tokenising
import indexer.reading
from indexer.analysis.words import cutter

__all__ = ["indexer"]

cutter()("园区")
