"""A table that reads well in a notebook and in a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wiro_widgets.schema.parsing import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDEST = 48


def text_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under a heading; long cells are cut, line breaks become blanks."""
    if not rows:
        return heading
    lines = [[_cut(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    drawn = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([heading, *drawn])


def html_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same as HTML; every cell is text, whatever is in it.

    It brings no colours of its own, so that it looks like any table of the host, in its theme.
    """
    left = ' style="text-align: left"'
    # Without the classes, JupyterLab would typeset what stands between two dollar signs.
    kept = 'class="tex2jax_ignore mathjax_ignore"'
    # Not a caption, which would wrap at the width of a narrow table.
    above = f'<p {kept} style="padding: 4px 0">{escape(heading)}</p>'
    if not rows:
        return above
    head = "".join(f'<th scope="col"{left}>{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{left}>{escape(_line(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"{above}<table {kept}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(cell: str) -> str:
    return " ".join(clean_text(cell).split())


def _cut(cell: str) -> str:
    line = _line(cell)
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1].rstrip() + "…"
