"""What an index is built with. A difference means: build it anew."""

from __future__ import annotations

from indexer.analysis.words import cutter_version

#: Changes whenever normalised text, words or grams change for some text.
ANALYSIS_VERSION = "1"


def analysis() -> dict[str, str]:
    """The versions of the analysis in this process."""
    return {"analysis": ANALYSIS_VERSION, "jieba": cutter_version()}
