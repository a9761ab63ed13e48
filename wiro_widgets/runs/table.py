"""A table that reads well in a notebook and in a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from wiro_widgets.schema.parsing import clean_text
from wiro_widgets.terminal import for_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDEST = 48
_SHORT = 28
"""Characters of a cell that stay on one line, however long the cell beside it is."""
_LEFT = "text-align: left; vertical-align: top"


class Cell(NamedTuple):
    """A cell of an HTML table with more than one text in it."""

    text: str
    small: str = ""
    """A second line, in smaller letters."""
    link: str = ""
    """What the text links to; a relative address, already quoted."""
    image: str = ""
    """A ``data:`` URL of a picture of ours, shown instead of the text, which describes it."""
    whole: bool = True
    """Whether the text stays on one line."""


def text_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under a heading; long cells are cut, line breaks become blanks."""
    heading = for_terminal(heading)
    if not rows:
        return heading
    lines = [[for_terminal(_cut(cell)) for cell in row] for row in (columns, *rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    drawn = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([heading, *drawn])


def html_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> str:
    """The same as HTML; every cell is text, whatever is in it.

    It brings no colours of its own, so that it looks like any table of the host, in its theme.
    """
    # Without the classes, JupyterLab would typeset what stands between two dollar signs.
    kept = 'class="tex2jax_ignore mathjax_ignore"'
    # Not a caption, which would wrap at the width of a narrow table.
    above = f'<p {kept} style="padding: 4px 0">{escape(heading)}</p>'
    if not rows:
        return above
    head = "".join(f'<th scope="col" style="{_LEFT}">{escape(name)}</th>' for name in columns)
    body = "".join("<tr>" + "".join(map(_html, row)) + "</tr>" for row in rows)
    return f"{above}<table {kept}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _html(cell: str | Cell) -> str:
    if isinstance(cell, str):
        line = _line(cell)
        return f'<td style="{_LEFT}{_wrap(len(line) <= _SHORT)}">{escape(line)}</td>'
    text = escape(_line(cell.text))
    if cell.image:
        # Hosts let an image be as narrow as a column that a long text has squeezed.
        kept = 'width="72" height="41" style="min-width: 72px; max-width: none"'
        text = f'<img src="{escape(cell.image)}" alt="{text}" {kept}>'
    elif cell.link:
        text = f'<a href="{escape(cell.link)}">{text}</a>'
    small = f"<br><small>{escape(_line(cell.small))}</small>" if cell.small else ""
    return f'<td style="{_LEFT}{_wrap(cell.whole)}">{text}{small}</td>'


def _wrap(whole: bool) -> str:
    return "; white-space: nowrap" if whole else "; min-width: 6em; overflow-wrap: anywhere"


def _line(cell: str) -> str:
    return " ".join(clean_text(cell).split())


def _cut(cell: str) -> str:
    line = _line(cell)
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1].rstrip() + "…"
