"""``python -m indexer`` is the same as ``gaoku``."""

from indexer.cli import main

if __name__ == "__main__":  # workers import this module, too
    main()
