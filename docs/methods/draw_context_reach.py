"""Draws context-reach.svg: which patches a context of CPC v2 has seen after 1 to 5 blocks.

    python3 docs/methods/draw_context_reach.py > docs/methods/context-reach.svg

No chance and no library: the same file every time. What is drawn is not a formula's but a block's own doing, followed cell by cell.
"""

CELL, GAP, TEXT, TOP = 15, 26, 268, 64
SEEN, OWN, UNSEEN, AHEAD, LEAK, INK = "#8ab6dc", "#1f5a93", "#eeeeee", "#d9730d", "#c8281e", "#333333"
OUTLINE = f' stroke="{AHEAD}" stroke-width="2"'


def first(side):
    """Before the first block a position knows its own patch only."""
    return [[{(r, c)} for c in range(side)] for r in range(side)]


def block(seen, zeros):
    """1x1, 1x3 with zeros at both ends, one zero row on one side, 2x1, 1x1, and what came in added. The 1x1 maps mix channels, no positions."""
    side = len(seen)
    across = [[set().union(*(row[max(0, c - 1):c + 2])) for c in range(side)] for row in seen]
    nothing = [[set() for _ in range(side)]]
    padded = nothing + across if zeros == "top" else across + nothing
    down = [[padded[r][c] | padded[r + 1][c] for c in range(side)] for r in range(side)]
    return [[seen[r][c] | down[r][c] for c in range(side)] for r in range(side)]


def square(x, y, fill, outline=""):
    return f'<rect x="{x}" y="{y}" width="{CELL - 1}" height="{CELL - 1}" fill="{fill}"{outline}/>'


def grid(x, y, side, own, seen, targets, zeros):
    row = y - 7 if zeros == "top" else y + side * CELL + 1
    yield f'<rect x="{x}" y="{row}" width="{side * CELL - 1}" height="5" fill="none" stroke="#999999" stroke-dasharray="3 2"/>'
    places = [(r, c) for r in range(side) for c in range(side)]
    fills = {p: OWN if p == own else LEAK if p in targets and p in seen else SEEN if p in seen else UNSEEN for p in places}
    for fill in sorted(set(fills.values())):
        cells = "".join(f"M{x + c * CELL} {y + r * CELL}h{CELL - 1}v{CELL - 1}h-{CELL - 1}z" for r, c in places if fills[r, c] == fill)
        yield f'<path d="{cells}" fill="{fill}"/>'
    for r, c in sorted(targets):
        yield square(x + c * CELL, y + r * CELL, "none", OUTLINE)


def line(y, side, own, offsets, zeros, title, remarks):
    yield f'<text x="16" y="{y + 12}" font-weight="bold">{title}</text>'
    for n, remark in enumerate(remarks):
        yield f'<text x="16" y="{y + 30 + 16 * n}">{remark}</text>'
    targets = {(own[0] + k, own[1]) for k in offsets}
    seen = first(side)
    for n in range(5):
        seen = block(seen, zeros)
        yield from grid(TEXT + n * (7 * CELL + GAP), y, side, own, seen[own[0]][own[1]], targets, zeros)


LINES = [
    (6, (5, 0), [], "top", "6 x 6, the corner farthest away", ["row 5, column 0: needs five blocks to", "have seen row 0 and column 5", "(it predicts nothing)"]),
    (6, (2, 0), [3], "top", "6 x 6, last row that predicts +3", ["row 2, column 0: two blocks reach the", "top, the next three only the right"]),
    (7, (6, 3), [], "top", "7 x 7, the last row", ["row 6, column 3: five blocks miss row 0", "(it predicts nothing)"]),
    (7, (4, 3), [2], "top", "7 x 7, last row that predicts +2", ["row 4, column 3: four blocks have seen", "all there is to see"]),
    (6, (2, 0), [3], "bottom", "A fault: the zero row below", ["row 2, column 0 reads downwards, and", "the third block sees what it shall", "predict: the loss can fall by copying"]),
]


def drawing():
    width, y = TEXT + 5 * (7 * CELL + GAP), TOP
    body = []
    for n in range(5):
        body.append(f'<text x="{TEXT + n * (7 * CELL + GAP)}" y="{TOP - 18}" fill="#666666">after {n + 1} block{"s" if n else ""}</text>')
    for side, own, offsets, zeros, title, remarks in LINES:
        body += line(y, side, own, offsets, zeros, title, remarks)
        y += side * CELL + 32
    x = 16
    for fill, outline, words in [(OWN, "", "the context's own place"), (SEEN, "", "seen"), (UNSEEN, "", "not seen"),
                               (UNSEEN, OUTLINE, "to be predicted"), (LEAK, OUTLINE, "to be predicted, and seen")]:
        body += [square(x, y, fill, outline), f'<text x="{x + CELL + 6}" y="{y + 12}">{words}</text>']
        x += CELL + 30 + 7 * len(words)
    body += [f'<rect x="{x}" y="{y + 5}" width="34" height="5" fill="none" stroke="#999999" stroke-dasharray="3 2"/>', f'<text x="{x + 42}" y="{y + 12}">zero row</text>']
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 30}" width="{width}" height="{y + 30}" role="img" aria-labelledby="title description" font-family="sans-serif" font-size="12" fill="{INK}">'
    yield '<title id="title">Which patches a context has seen after 1 to 5 blocks</title>'
    yield ('<desc id="description">After n blocks a position has seen its own row and n rows above, and n columns to either side. On a 6 x 6 grid the corner farthest away needs '
           'five blocks; on 7 x 7 the last row misses the top row after five. With the zero row below instead of on top, the third block sees the patch to be predicted three rows below.</desc>')
    yield f'<rect width="{width}" height="{y + 30}" fill="#ffffff"/>'
    yield '<text x="16" y="26" font-size="15" font-weight="bold">What a context has seen</text>'
    yield from body
    yield "</svg>"


if __name__ == "__main__":
    print("\n".join(drawing()))
