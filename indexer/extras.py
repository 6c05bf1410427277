"""The extras of ours: what brings readers that the plain install leaves out."""

from __future__ import annotations

import importlib.util

#: Each extra, as in ``pip install "gaoku[ocr]"``, with the modules that it brings.
MODULES = {"office": ("xberg",), "ocr": ("rapidocr", "onnxruntime")}


def installed(extra: str) -> bool:
    """Whether an extra is installed."""
    return all(importlib.util.find_spec(name) for name in MODULES[extra])
