"""Characters of the fonts that draw signs in the place of letters (Wingdings, Symbol)."""

from __future__ import annotations

_WINGDINGS = {
    0x4A: "☺", 0x52: "☼", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "❑", 0x75: "◆", 0x76: "❖",
    0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "□", 0xD8: "➢", 0xE0: "→", 0xDF: "←", 0xE1: "↑", 0xE2: "↓",
    0xE8: "➔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    **{0x81 + i: chr(0x2460 + i) for i in range(10)},  # ① to ⑩
    **{0x8C + i: chr(0x2776 + i) for i in range(10)},  # ❶ to ❿
}  # fmt: skip
_WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x96: "●", 0x97: "●", 0xA3: "□",
}  # fmt: skip
_SYMBOL = {
    0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈",
    0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xA5: "∞", 0xD6: "√", 0xE5: "∑",
    0x61: "α", 0x62: "β", 0x67: "γ", 0x64: "δ", 0x6D: "μ", 0x70: "π", 0x44: "Δ", 0x57: "Ω",
}  # fmt: skip
_FONTS = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "symbol": _SYMBOL}
_UNKNOWN = "□"


def character(font: str, code: int) -> str:
    """The character that ``code`` draws in ``font``.

    Codes from U+F000 to U+F0FF are those of such a font. One that is not known gives "□", so that a sign
    stays a sign; a character outside that range, and of another font, is what Unicode says.
    """
    table = _FONTS.get(font.strip().lower())
    private = 0xF000 <= code <= 0xF0FF
    if table is None and not private:
        usable = 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        return chr(code) if usable else _UNKNOWN
    low = code - 0xF000 if private else code
    if table is None:
        return _UNKNOWN
    if table is _SYMBOL and low not in table and 0x20 <= low < 0x41:
        return chr(low)  # digits and signs of sums are themselves
    return table.get(low, _UNKNOWN)
