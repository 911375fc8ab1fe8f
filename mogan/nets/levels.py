"""The levels of networks that halve images again and again: their sizes and their channels."""

SMALLEST = 6


def sizes_of(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Heights and widths of all levels, the image's own first: halved, and rounded up, until no side is longer than
    SMALLEST. 28 and 32 pixels are halved three times (to 4), 40 three times (to 5), 96 four times (to 6)."""
    sizes = [tuple(shape[:2])]
    while max(sizes[-1]) > SMALLEST:
        sizes.append(tuple(-(-length // 2) for length in sizes[-1]))
    return sizes


def channels_of(width: int, levels: int) -> list[int]:
    """Channels of so many levels, the largest first: `width`, then twice as many each, up to 8 * width (LOGAN:
    2^min(l, 3))."""
    return [width * 2 ** min(level, 3) for level in range(levels)]
