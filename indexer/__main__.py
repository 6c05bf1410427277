"""``python -m indexer`` is the same as ``gaoku``."""

from indexer.cli import main

main()
