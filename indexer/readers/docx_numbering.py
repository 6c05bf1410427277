"""Automatic numbers of Word documents (.docx): what the paragraphs, the styles and word/numbering.xml say."""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn

from indexer.readers import numbering

_MOST_STYLES = 20  # that are based on one another
_LIMIT = 0x7FFFFFFF


class Numbers:
    """Gives the paragraphs of one document their numbers, asked in reading order.

    ``styles``, ``definitions``: the roots of word/styles.xml and word/numbering.xml; None where there is
    none.
    """

    def __init__(self, styles: Any, definitions: Any) -> None:
        self._lists = numbering.Lists()
        self._styles = {s.get(qn("w:styleId")): s for s in _all(styles, "w:style")}
        self._default = next(
            (
                name
                for name, s in self._styles.items()
                if s.get(qn("w:type")) == "paragraph" and s.get(qn("w:default")) in ("1", "true", "on")
            ),
            None,
        )
        self._abstract = {a.get(qn("w:abstractNumId")): a for a in _all(definitions, "w:abstractNum")}
        self._nums = {n.get(qn("w:numId")): n for n in _all(definitions, "w:num")}
        self._uses: dict[str, numbering.Use | None] = {}
        self._linked: dict[str, dict[str, int]] = {}  # number of a list: style and the level it stands for

    def of(self, paragraph: Any) -> str:
        """The number of a paragraph, as it is put before its text; "" for none."""
        properties = paragraph.find(qn("w:pPr"))
        level, name = _said(properties)
        style = _value(properties, "w:pStyle") or self._default
        styled = style
        if name is None:
            for _ in range(_MOST_STYLES):
                its = self._styles.get(style)
                if its is None:
                    break
                its_level, name = _said(its.find(qn("w:pPr")))
                level = its_level if level is None else level
                if name is not None:
                    break
                style = _value(its, "w:basedOn")
            else:
                return ""
            if name is not None and level is None:
                self._use(name)
                linked = self._linked.get(name, {})
                level = linked.get(styled or "", linked.get(style or ""))
        if name is None or name == "0":
            return ""
        use = self._use(name)
        if use is None or not 0 <= (level or 0) < numbering.LEVELS or (level or 0) not in use.levels:
            return ""
        return self._lists.next(use, level or 0)

    def _use(self, name: str) -> numbering.Use | None:
        if name not in self._uses:
            self._uses[name] = self._read(name)
        return self._uses[name]

    def _read(self, name: str) -> numbering.Use | None:
        num = self._nums.get(name)
        abstract = self._abstract_of(num)
        if num is None or abstract is None:
            return None
        levels = {_number(e.get(qn("w:ilvl")), 0): e for e in _all(abstract, "w:lvl")}
        starts = {}
        for override in _all(num, "w:lvlOverride"):
            at = _number(override.get(qn("w:ilvl")), 0)
            replaced = override.find(qn("w:lvl"))
            if replaced is not None:
                levels[at] = replaced
            start = _value(override, "w:startOverride")
            if start is not None:
                starts[at] = _number(start, 1)
        self._linked[name] = {
            style: at for at, element in levels.items() if (style := _value(element, "w:pStyle"))
        }
        return numbering.Use(
            name, abstract.get(qn("w:abstractNumId")), {n: _level(e) for n, e in levels.items()}, starts
        )

    def _abstract_of(self, num: Any) -> Any:
        """The definition of a list; one that is a style's is where that style says."""
        for _ in range(_MOST_STYLES):
            abstract = self._abstract.get(_value(num, "w:abstractNumId"))
            linked = _value(abstract, "w:numStyleLink")
            style = self._styles.get(linked) if linked is not None else None
            if style is None:
                return abstract
            num = self._nums.get(_said(style.find(qn("w:pPr")))[1])
        return None


def _said(properties: Any) -> tuple[int | None, str | None]:
    """The level and the number of the list that paragraph properties name."""
    found = properties.find(qn("w:numPr")) if properties is not None else None
    level = _value(found, "w:ilvl")
    return _number(level, 0) if level is not None else None, _value(found, "w:numId")


def _level(element: Any) -> numbering.Level:
    form = _value(element, "w:numFmt")
    if form is None:  # one that older readers do not know, with one that they do
        form = next((f.get(qn("w:val")) for f in element.iter(qn("w:numFmt"))), None) or numbering.DECIMAL
    if form == "custom":
        form = "decimalZero"  # "01, 02, 03, ..." and its longer kin
    restart = _value(element, "w:lvlRestart")
    legal = element.find(qn("w:isLgl"))
    return numbering.Level(
        form,
        numbering.pattern(_value(element, "w:lvlText") or ""),
        _number(_value(element, "w:start"), 0),
        _value(element, "w:suff") or numbering.TAB,
        _number(restart, 0) if restart is not None else None,
        legal is not None and legal.get(qn("w:val"), "1") not in ("0", "false", "off"),
    )


def _all(element: Any, name: str) -> list[Any]:
    return element.findall(qn(name)) if element is not None else []


def _value(element: Any, name: str) -> str | None:
    found = element.find(qn(name)) if element is not None else None
    value: str | None = found.get(qn("w:val")) if found is not None else None
    return value


def _number(text: str | None, otherwise: int) -> int:
    """A number from 0 on; ``otherwise`` for what is none."""
    text = (text or "").strip()
    return min(int(text[:12]), _LIMIT) if text.isascii() and text.isdigit() else otherwise
