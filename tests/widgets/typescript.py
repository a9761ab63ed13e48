"""Writes ``js/src/protocol/`` from the Python side, where the protocol is described.

Run it after a change of ``wiro_widgets/widgets/protocol/``: ``python -m tests.widgets.typescript``.
It reads the sources and imports nothing of the package.
"""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "wiro_widgets"
TYPESCRIPT = ROOT / "js" / "src" / "protocol"
FILES = {
    "common": {"widgets/protocol/common.py": None},
    "inputs": {"widgets/protocol/inputs.py": None},
    "runs": {
        "library/records.py": {"RunStatus", "RunProblem"},
        "runs/state.py": {"StageMark", "Clip", "Candidate", "RunSnapshot"},
        "widgets/protocol/runs.py": None,
    },
    "grid_studio": {
        "library/ratings.py": {"Outcome"},
        "widgets/protocol/grid_studio.py": None,
    },
}
"""Per file, the modules it is made of and what of them crosses the wire; None for all."""

_HEAD = "// Made from the Python side by tests/widgets/typescript.py; change it there.\n"
_WIDTH = 100
_NAMES = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "Any": "unknown",
}


@dataclass
class Declaration:
    """One exported type."""

    name: str
    text: str
    base: str = ""
    uses: set[str] = field(default_factory=set)


def typescript() -> dict[str, str]:
    """The text of every file, by its name."""
    declared = {
        file: [each for path, names in modules.items() for each in declarations(path, names)]
        for file, modules in FILES.items()
    }
    homes = {each.name: file for file, every in declared.items() for each in every}
    texts = {}
    for file, every in declared.items():
        needed = set().union(*(each.uses for each in every))
        body = "\n".join(each.text for each in every)
        texts[f"{file}.ts"] = f"{_HEAD}{imports(needed, homes, file)}\n{body}"
    messages = [each for every in declared.values() for each in every]
    unions = {
        "ToKernel": [each.name for each in messages if each.base == "Request"],
        "FromKernel": [each.name for each in messages if each.base == "Reply"],
    }
    needed = {name for names in unions.values() for name in names}
    body = "\n".join(f"export type {name} ={union(names, '')};\n" for name, names in unions.items())
    texts["messages.ts"] = f"{_HEAD}{imports(needed, homes, 'messages')}\n{body}"
    return texts


def imports(needed: set[str], homes: dict[str, str], here: str) -> str:
    lines = []
    for home in sorted(set(homes.values()) - {here}):
        names = sorted((name for name in needed if homes[name] == home), key=str.lower)
        if not names:
            continue
        line = f'import type {{ {", ".join(names)} }} from "./{home}.ts";'
        if len(line) > _WIDTH:
            inner = "".join(f"  {name},\n" for name in names)
            line = f'import type {{\n{inner}}} from "./{home}.ts";'
        lines.append(line + "\n")
    return "".join(lines)


def declarations(path: str, names: set[str] | None) -> Iterator[Declaration]:
    body = ast.parse((PYTHON / path).read_text("utf-8")).body
    for statement in body:
        if isinstance(statement, ast.ClassDef) and (names is None or statement.name in names):
            yield interface(statement)
        target = alias_of(statement)
        if target is not None and names is not None and target[0] in names:
            name, value = target
            yield Declaration(name, f"export type {name} ={union(kinds(value, set()), '')};\n")


def alias_of(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    """The name and the value of ``Name = Literal[...]``."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    value = getattr(statement, "value", None)
    return (target.id, value) if isinstance(target, ast.Name) and value is not None else None


def interface(statement: ast.ClassDef) -> Declaration:
    base = next(each.id for each in statement.bases if isinstance(each, ast.Name))
    partial = any(keyword.arg == "total" for keyword in statement.keywords)
    uses = set() if base == "TypedDict" else {base}
    lines = comment(ast.get_docstring(statement) or "", "")
    extends = "" if base == "TypedDict" else f" extends {base}"
    lines += f"export interface {statement.name}{extends} {{\n"
    for index, each in enumerate(statement.body):
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        lines += comment(doc_after(statement.body, index), "  ")
        start = f"  {each.target.id}{'?' if partial else ''}:"
        lines += f"{start}{union(kinds(each.annotation, uses), start)};\n"
    return Declaration(statement.name, f"{lines}}}\n", base, uses)


def doc_after(body: list[ast.stmt], index: int) -> str:
    """The string under a field, which describes it."""
    after = body[index + 1] if index + 1 < len(body) else None
    value = after.value if isinstance(after, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else ""
    return inspect.cleandoc(text) if isinstance(text, str) else ""


def comment(text: str, indent: str) -> str:
    if not text:
        return ""
    text = re.sub(r"\bNone\b", "null", re.sub(r"``(.*?)``", r"`\1`", text))
    lines = text.splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    inner = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{inner}{indent} */\n"


def kinds(node: ast.expr, uses: set[str]) -> list[str]:
    """The alternatives of a type."""
    if isinstance(node, ast.BinOp):
        return [*kinds(node.left, uses), *kinds(node.right, uses)]
    if isinstance(node, ast.Constant):
        return ["null"]
    if isinstance(node, ast.Name):
        if node.id not in _NAMES:
            uses.add(node.id)
        return [_NAMES.get(node.id, node.id)]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if node.value.id == "Literal":
            return [f'"{each.value}"' for each in parts if isinstance(each, ast.Constant)]
        item = " | ".join(kinds(parts[-1], uses))
        return [{"list": f"{item}[]", "dict": f"Record<string, {item}>"}[node.value.id]]
    raise ValueError(f"no TypeScript for {ast.unparse(node)}")


def union(names: list[str], start: str) -> str:
    """Alternatives behind `start`, as Biome lays them out."""
    line = f" {' | '.join(names)}"
    # "export type Name =" is longer than any of these names, so a short union fits behind it.
    room = _WIDTH - len(start or "export type RunStatus =") - 1
    if len(line) <= room:
        return line
    indent = "  " if not start else "    "
    return "".join(f"\n{indent}| {name}" for name in names)


if __name__ == "__main__":
    for name, text in typescript().items():
        (TYPESCRIPT / name).write_text(text, "utf-8")
