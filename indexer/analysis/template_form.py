"""Template form: what is left of a text when its figures and its punctuation do not count.

Two texts that differ in figures, masks and punctuation alone have one template form. The steps, after
normalising: each run of digits and masking marks becomes one ``0``; then everything that is neither letter
nor digit goes.
"""

from __future__ import annotations

import re
import unicodedata

from indexer.analysis.normalise import Normalised, normalise, normalise_with_offsets

MASK = "0"  # stands for a figure, masked or not

#: An x masks a figure where no other Latin letter touches the run of x: 5x万, x.x%, but not max.
_X = re.compile(r"(?<![a-z])x+(?![a-z])")
_FIGURE = re.compile(r"[0-9×*_□○](?:[.,]?[0-9×*_□○])*")


class _Kept(dict[int, "int | None"]):
    """``str.translate``'s table: letters and digits stay, all else goes. Filled as characters are met."""

    def __missing__(self, code: int) -> int | None:
        self[code] = code if unicodedata.category(chr(code))[0] in "LN" else None
        return self[code]


_KEPT = _Kept()


def template_form(text: str) -> str:
    """Return the template form of ``text``.

    The form of texts joined with line ends is that of each, joined: no run of figures goes across a line end.
    """
    text = normalise(text)
    if "x" in text:
        text = _X.sub(MASK, text)
    return _FIGURE.sub(MASK, text).translate(_KEPT)


def template_form_with_offsets(text: str) -> Normalised:
    """Return the template form of ``text`` with its offset map; a figure's character stands for all of it."""
    mapped = normalise_with_offsets(text)
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    masked = _X.sub(lambda match: "×" * len(match.group()), mapped.text)  # as long as it was: places stay
    at = 0
    for match in _FIGURE.finditer(masked):
        _keep(masked, mapped, at, match.start(), chars, starts, ends)
        chars.append(MASK)
        starts.append(mapped.starts[match.start()])
        ends.append(mapped.ends[match.end() - 1])
        at = match.end()
    _keep(masked, mapped, at, len(masked), chars, starts, ends)
    return Normalised("".join(chars), tuple(starts), tuple(ends))


def _keep(
    text: str, mapped: Normalised, start: int, end: int, chars: list[str], starts: list[int], ends: list[int]
) -> None:
    for i in range(start, end):
        if _KEPT[ord(text[i])] is not None:
            chars.append(text[i])
            starts.append(mapped.starts[i])
            ends.append(mapped.ends[i])
