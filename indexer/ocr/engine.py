"""Recognising the text of a picture with RapidOCR (https://github.com/RapidAI/RapidOCR), extra ``ocr``.

Its models lie in its wheel and are named to it, for else it fetches them where they are missing.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.errors import UnreadableError
from indexer.ocr.pictures import DPI, missing, scale_of
from indexer.readers.layout import Page, Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

THREADS = 2  # that recognise a page: more gain little, and files are read in parallel
_MAX_SIDE = 2400  # pixels: larger pictures are recognised at this size ...
_MAX_SIDE_FINDING = 1280  # ... and their lines found at this one: enough, and takes half the time and memory
_SURE = 0.5  # scores of lines below it are noise: stamps, stains, pictures
_UPRIGHT = 0.8  # mean score below which the page may stand on its head
_TALL = 2.0  # height over width from which a picture is read in bands ...
_BAND = 1.5  # ... of this height over width
_INK = 40  # of 255, by which ink differs from its ground at the least
_LEAST_INK = 25  # pixels of ink: a full stop at 200 dpi has them
_SAME_LINE = 0.4  # of a line's height: boxes whose tops differ less stand in one line
_RULES = "2"  # changes whenever this module makes another page of the same picture


_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]")
_STOPS = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_STOP = re.compile(rf"(?<={_HAN.pattern}|[”》〉〕】）])[,;:?!](?!\d)")


@dataclass(frozen=True, slots=True)
class _Found:
    """Lines found in a picture: texts, scores, and corners in pixels, shape (lines, 4, 2)."""

    texts: list[str]
    scores: list[float]
    corners: NDArray[np.float64]
    ink: bool = True  # whether there is anything to be read

    @property
    def mean(self) -> float:
        """The mean score of a character."""
        weights = sum(map(len, self.texts))
        return sum(s * len(t) for t, s in zip(self.texts, self.scores, strict=True)) / max(1, weights)

    @property
    def sideways(self) -> bool:
        """Whether most of the text stands in boxes that are higher than wide."""
        wide, high = 0, 0
        for text, box in zip(self.texts, self.corners, strict=True):
            across, down = box.max(axis=0) - box.min(axis=0)
            if down > 1.5 * across and len(text) > 1:
                high += len(text)
            else:
                wide += len(text)
        return high > wide


def version() -> str:
    """What recognises, and with what settings: kept pages of another are of no use."""
    try:
        engine = importlib.metadata.version("rapidocr")
    except importlib.metadata.PackageNotFoundError:
        engine = "none"
    return f"rapidocr {engine}, rules {_RULES}, {DPI} dpi, side {_MAX_SIDE}, {_MAX_SIDE_FINDING}"


def recognise(image: Image) -> Page:
    """The lines of text in an RGB picture, in points. Raises MissingExtraError, UnreadableError.

    A page that lies on its side or stands on its head is turned, one that is a little askew straightened.
    """
    import numpy as np

    found = _read(image)
    turned = image
    # Of dense text that lies on its side no line may be found at all.
    lies = found.sideways or (found.ink and not found.texts)
    if lies or (found.texts and found.mean < _UPRIGHT):
        for angle in (90, 270) if lies else (180,):
            other = image.rotate(angle, expand=True)
            there = _read(other)
            if there.mean > found.mean or (found.sideways and not there.sideways):
                found, turned = there, other
            if found.mean >= _UPRIGHT and not found.sideways:
                break
    scale = scale_of(image)
    corners = _straight(found.corners) * scale
    runs: list[Run] = []
    for text, score, box in zip(found.texts, found.scores, corners, strict=True):
        if score >= _SURE and text.strip():
            # The mean of two corners each: a box leans a little even after straightening.
            left, right = box[[0, 3], 0].mean(), box[[1, 2], 0].mean()
            top, bottom = box[[0, 1], 1].mean(), box[[2, 3], 1].mean()
            sides = (round(float(side), 2) for side in np.array([left, top, right, bottom]))
            runs.append(Run(_full_width(text.strip()), *sides))
    return Page(round(turned.width * scale, 2), round(turned.height * scale, 2), _level(runs))


def _read(image: Image) -> _Found:
    """Recognise a picture as it stands; a very high one in bands, for it would be shrunk beyond reading."""
    import numpy as np

    pixels = np.asarray(image.convert("RGB"))[:, :, ::-1]  # the engine takes blue first
    if _is_blank(pixels):
        return _Found([], [], np.zeros((0, 4, 2)), ink=False)
    texts: list[str] = []
    scores: list[float] = []
    corners: list[Any] = []
    start = 0
    for end in _bands(pixels):
        result = _run(np.ascontiguousarray(pixels[start:end]))
        if result.txts is not None and result.boxes is not None:
            texts += result.txts
            scores += (float(score) for score in result.scores)
            corners += (np.add(box, (0.0, float(start))) for box in result.boxes)
        start = end
    return _Found(texts, scores, np.array(corners, dtype=np.float64).reshape(-1, 4, 2))


def _is_blank(pixels: Any) -> bool:
    """Whether a picture has less that stands out from its ground than one character."""
    import numpy as np

    green = pixels[:, :, 1].astype(np.int16)
    ground = int(np.median(green[::8, ::8]))
    return bool((np.abs(green - ground) > _INK).sum() < _LEAST_INK)


def _full_width(text: str) -> str:
    """The text with the brackets and stops of Chinese about Chinese: in a picture the widths look alike."""
    text = _BRACKETS.sub(lambda m: f"（{m[1]}）" if _HAN.search(m[0]) or _beside(m) else m[0], text)
    return _STOP.sub(lambda m: _STOPS[m[0]], text)


def _beside(found: re.Match[str]) -> bool:
    """Whether Chinese stands right before or behind."""
    text = found.string
    return bool(_HAN.match(text[found.start() - 1 : found.start()]) or _HAN.match(text, found.end()))


def _bands(pixels: Any) -> list[int]:
    """Where the bands of a picture end: at the emptiest row of their last third."""
    height, width = pixels.shape[:2]
    band = max(int(_BAND * width), _MAX_SIDE * 3 // 4)
    if height <= max(_TALL * width, _MAX_SIDE):
        return [height]
    ink = pixels[:, :, 1].std(axis=1)
    ends: list[int] = []
    start = 0
    while height - start > band:
        window = ink[start + band * 2 // 3 : start + band]
        start += band - 1 - int(window[::-1].argmin())
        ends.append(start)
    return [*ends, height]


def _straight(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners turned by the angle at which the long lines lean."""
    import numpy as np

    if not len(corners):
        return corners
    along = (corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3]) / 2
    lengths = np.hypot(along[:, 0], along[:, 1])
    long = lengths >= np.quantile(lengths, 0.5)
    angle = float(np.median(np.arctan2(along[long, 1], along[long, 0])))
    if not 0.002 < abs(angle) < 0.26:  # radians: less is no matter, more is no page askew
        return corners
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = corners.reshape(-1, 2).mean(axis=0)
    return np.asarray((corners - centre) @ turn + centre)


def _level(runs: list[Run]) -> tuple[Run, ...]:
    """The runs from the top, those beside each other brought to one height: boxes are not exact."""
    level: list[Run] = []
    first = None
    for run in sorted(runs, key=lambda run: run.top):
        height = run.bottom - run.top
        if first is None or run.top - first.top > _SAME_LINE * min(height, first.bottom - first.top):
            first = run
        level.append(replace(run, top=first.top, bottom=round(first.top + height, 2)))
    return tuple(level)


_lock = threading.Lock()


def _run(pixels: Any) -> Any:
    with _lock:  # the engine keeps settings of a call in itself
        engine = _engine()
        try:
            return engine(pixels)
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadableError(
                f"文字识别失败；请重新扫描后再试 (OCR failed: scan it again): {type(error).__name__}"
            ) from error


@cache
def _engine() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read on import: without it onnxruntime reports what it does
    try:
        import rapidocr
    except ImportError as error:
        raise missing() from error
    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,  # the scores of all lines tell how a page stands
            "Global.use_cls": False,  # a page is turned as a whole: a short line by itself is misjudged
            "Global.max_side_len": _MAX_SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": _MAX_SIDE_FINDING,
            "Rec.rec_batch_num": 1,  # lines of a batch are filled up to the longest: no gain without a GPU
            "Det.model_path": _model(models, "det"),
            "Cls.model_path": _model(models, "cls"),
            "Rec.model_path": _model(models, "rec"),
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _model(folder: Path, task: str) -> str:
    """The model for a task in the wheel."""
    found = sorted(folder.glob(f"*_{task}_*.onnx"))
    if not found:
        raise UnreadableError(
            "文字识别的模型缺失；请重新安装 (the models of OCR are missing): "
            'pip install --force-reinstall rapidocr "gaoku[ocr]"'
        )
    return str(found[0])
