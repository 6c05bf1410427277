"""Gaoku's indexer: from files to an index, and from questions to answers.

The map of this package is in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
