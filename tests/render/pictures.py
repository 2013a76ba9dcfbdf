"""What a picture shows, read back from its SVG, and its pixels."""

from __future__ import annotations

import io
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: bytes) -> list[str]:
    """Every text of an SVG, in drawing order."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return ["".join(element.itertext()).strip() for element in found]


def pixels(png: bytes):
    """Width, height, and how many different greys there are."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("L")
    return image.width, image.height, len(image.getcolors(maxcolors=256))
