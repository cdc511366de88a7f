"""How wide a text is and where it breaks, without a font at hand.

Widths are those of DejaVu Sans, the widest of the fonts that a viewer is likely to fall back to: what fits in it fits
in the others.
"""

from __future__ import annotations

import re

_NARROW, _WIDE = frozenset("ijlIftr.,:;'|!()[]-/` \""), frozenset("mwMW@%—…→")
_BREAK = re.compile(r"(?<=[/@._:-])")


def text_width(text: str, size: float, bold: bool = False) -> float:
    """At most this many pixels, at a font size in pixels."""
    ems = sum(0.42 if char in _NARROW else 1.0 if char in _WIDE else 0.78 if char.isupper() else 0.64 for char in text)
    return ems * size * (1.1 if bold else 1.0)


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Lines no wider than `width`: broken at spaces, in longer words after `/@._:-`, in what is longer yet anywhere."""

    def fits(part: str) -> bool:
        return text_width(part.rstrip(), size, bold) <= width

    lines, line = [], ""
    for word in re.split("(?<= )", text):
        for part in [word] if fits(word) else _BREAK.split(word):
            if line and not fits(line + part):
                lines.append(line)
                line = ""
            line += part
            while not fits(line):
                cut = next(at for at in range(len(line) - 1, 0, -1) if at == 1 or fits(line[:at]))
                lines.append(line[:cut])
                line = line[cut:]
    return [line.rstrip() for line in (*lines, line) if line.strip()] or [""]
