"""A link as a square that a phone's camera reads, drawn here as SVG, so that nobody else is asked for it."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup


@lru_cache(maxsize=8)
def qr(address: str, title: str) -> Markup:
    """The QR code of `address` as an SVG element; `title` is what it is to those who do not see it.

    It is dark on light in every colour scheme: not every camera reads the other way round.
    """
    import segno  # loaded by the first who looks at a code

    drawn = segno.make(address, error="m", micro=False)
    svg = drawn.svg_inline(
        border=2, omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None, title=title
    )
    return Markup(svg.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704  # segno escapes the title
