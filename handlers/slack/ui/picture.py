"""The picture of the weekly digest: who has waited longest, as bars.

Figures and case numbers alone: a town's server has no Japanese font, and the digest says in words
what the picture shows.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 960
ROW: Final = 56
MARGIN: Final = 28
BAR: Final = 30
NUMBER_WIDTH: Final = 190  # R10-000123
DAYS_WIDTH: Final = 90
FONT_SIZE: Final = 26
MOST: Final = 10  # bars
GROUND, INK, TRACK, FILL = "#ffffff", "#1a1a1c", "#e6e6e6", "#0017c1"


def waiting_picture(waiting: Sequence[tuple[str, int]]) -> bytes:
    """A PNG of (case number, open days), as they come: at most ten bars on one scale from 0."""
    shown = list(waiting)[:MOST]
    height = 2 * MARGIN + ROW * max(1, len(shown))
    image = Image.new("RGB", (WIDTH, height), GROUND)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(FONT_SIZE)
    left, right = MARGIN + NUMBER_WIDTH, WIDTH - MARGIN - DAYS_WIDTH
    most = max([1, *(days for _, days in shown)])
    for row, (number, days) in enumerate(shown):
        middle = MARGIN + ROW * row + ROW // 2
        top, bottom = middle - BAR // 2, middle + BAR // 2
        draw.text((MARGIN, middle), number, fill=INK, font=font, anchor="lm")
        draw.rectangle((left, top, right, bottom), fill=TRACK)
        end = left + (right - left) * days // most
        if end > left:
            draw.rectangle((left, top, end, bottom), fill=FILL)
        draw.text((WIDTH - MARGIN, middle), str(days), fill=INK, font=font, anchor="rm")
    made = BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()
