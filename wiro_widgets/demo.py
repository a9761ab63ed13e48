"""The main job from the command line: four clips of one image on the sandbox.

Two prompts times two settings, a page that shows them side by side, a table of what was made,
and the quickstart notebook, executed. Leaves no process behind.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import wiro_widgets as ww
from wiro_widgets.client import WiroError
from wiro_widgets.media.pictures import read_picture
from wiro_widgets.runs.sandbox_process import launch
from wiro_widgets.runs.session import DEFAULT_MODEL
from wiro_widgets.schema.wording import setting_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.runs.run import Run

PROMPTS = (
    "Dawn over the launch pad, the air is still. [Push in]",
    "A storm rolls in over the launch pad at night, rain falls. [Pan left]",
)
RESOLUTIONS = ("768P", "1080P")
_NOTEBOOK_SECONDS = 120
_BAR = 24


_DESCRIPTION = """\
Make four clips of one image on the sandbox: two prompts in two resolutions. Leaves a page that
shows them side by side, a table of what was made, and the executed quickstart notebook."""


def main(
    arguments: Sequence[str] | None = None,
    prog: str = "python -m wiro_widgets.demo",
    photo: Path | None = None,
) -> int:
    """Run the demonstration; 0 when all four clips and the notebook were made.

    Args:
        arguments: Of the command line.
        prog: What the command is called there.
        photo: The image to start from unless the command line names one.
    """
    parser = argparse.ArgumentParser(prog=prog, description=_DESCRIPTION)
    parser.add_argument(
        "--photo",
        type=Path,
        default=photo,
        required=photo is None,
        help="image that every clip starts from"
        + (f" (default: the {photo.name} of the tutorials)" if photo else ""),
    )
    parser.add_argument("--notebook", type=Path, help="notebook to execute beside the clips")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo-output"),
        help="folder for all of it (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    try:
        read_picture(options.photo, "--photo")
    except WiroError as error:
        # Before an earlier demonstration is cleared away.
        sys.exit(f"{prog}: {error}")
    output: Path = options.output.resolve()
    _make_room(output)
    copied = Path(shutil.copy(options.photo, output))
    # Beside the clips, so that one place to write is all that it takes.
    with tempfile.TemporaryDirectory(prefix=".sandbox-", dir=output) as folder:
        process, sandbox = launch(Path(folder))
        # The notebook's kernel inherits these, so it uses the same sandbox.
        os.environ.update(sandbox.environment)
        try:
            runs = _make_clips(copied, output)
            if options.notebook:
                _execute(options.notebook, output)
        finally:
            process.terminate()
            process.wait()
    made = sum(run.video is not None for run in runs)
    print(f"\n{made} of {len(runs)} clips made. Open {output / 'index.html'}")
    return 0 if made == len(runs) else 1


def _make_room(output: Path) -> None:
    """Clear what an earlier demonstration left, and nothing else."""
    if output.exists() and any(output.iterdir()) and not (output / "runs.json").exists():
        sys.exit(f"{output} has files in it that no demo made. Choose another --output.")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)


def _make_clips(photo: Path, output: Path) -> list[Run]:
    started = time.monotonic()
    with ww.connect(directory=output / "wiro-runs"):
        runs = [
            ww.run(prompt, image=photo, duration=6, resolution=resolution)
            for prompt in PROMPTS
            for resolution in RESOLUTIONS
        ]
        print(f"Making four clips of {photo.name} with {DEFAULT_MODEL} on the sandbox:\n")
        _show_progress(runs)
        records = [_record(run, output) for run in runs]
    (output / "runs.json").write_text(json.dumps(records, indent=2) + "\n")
    (output / "index.html").write_text(_page(records, photo.name))
    print(f"\nDone in {time.monotonic() - started:.0f} s. Nothing is charged on the sandbox.")
    return runs


def _show_progress(runs: list[Run]) -> None:
    """One line a run: redrawn in place on a terminal, a line at each change elsewhere."""
    redraw = sys.stdout.isatty()
    shown: dict[int, str] = {}
    while True:
        lines = {run.number: _line(run, with_bar=redraw) for run in runs}
        if redraw:
            print(f"\x1b[{len(runs)}A" if shown else "", end="")
            print("\n".join(f"\x1b[2K{line}" for line in lines.values()))
        else:
            for number, line in lines.items():
                if shown.get(number) != line:
                    print(line, flush=True)
        shown = lines
        waiting = [run for run in runs if not run.ended]
        if not waiting:
            return
        try:
            waiting[0].wait(0.25)
        except TimeoutError:
            continue
        except WiroError as error:
            print(f"Run {waiting[0].number}: {error}")


def _line(run: Run, *, with_bar: bool) -> str:
    words = (
        f"  {run.name:<6} {dict(run.request.parameters)['resolution']:>5}  {run.prompt[:44]:<44}"
    )
    if not with_bar:
        return f"{words}  {run.status}"
    filled = round(_BAR * (1.0 if run.status == "succeeded" else (run.progress or 0.0)))
    return f"{words}  {'█' * filled}{'░' * (_BAR - filled)}  {run.status}"


def _record(run: Run, output: Path) -> dict[str, Any]:
    snapshot = run.snapshot
    seconds = (snapshot["ended"] or snapshot["now"]) - snapshot["created"]
    return {
        "prompt": run.prompt,
        "model": run.request.model,
        "parameters": dict(run.request.parameters),
        "status": run.status,
        "seconds": round(seconds, 2),
        "cost": snapshot["cost"],
        "clip": run.video.relative_to(output).as_posix() if run.video else None,
    }


def _execute(notebook: Path, output: Path) -> None:
    """Run a notebook beside the clips and keep it with its outputs."""
    import nbformat  # noqa: PLC0415 - only with the lab extra
    from nbclient import NotebookClient  # noqa: PLC0415

    print(f"Executing {notebook.name} ...", flush=True)
    document = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        document, timeout=_NOTEBOOK_SECONDS, resources={"metadata": {"path": str(output)}}
    ).execute(stderr=subprocess.DEVNULL)  # the kernel's own chatter; errors come as exceptions
    nbformat.write(document, output / notebook.name)  # type: ignore[no-untyped-call]


def _page(records: list[dict[str, Any]], photo: str) -> str:
    """A page of the clips side by side; every string in it is escaped."""
    figures = "\n".join(map(_figure, records))
    return _PAGE.replace("PHOTO", escape(photo)).replace("FIGURES", figures)


def _figure(record: dict[str, Any]) -> str:
    """One clip, shown by its middle: all four begin on the same frame."""
    words = [setting_words(k, v) for k, v in record["parameters"].items() if k != "prompt"]
    state = "Done" if record["status"] == "succeeded" else record["status"].capitalize()
    cost = f" · ${record['cost']} if live" if record["cost"] else ""
    return (
        f'<figure><video src="{quote(record["clip"] or "")}#t=3" muted loop controls playsinline'
        f' aria-label="{escape(record["prompt"])}"></video>'
        f"<figcaption><b>{escape(record['prompt'])}</b><br>"
        f"{escape(' · '.join(words))}"
        f"<br>{state} in {record['seconds']:.0f} s{escape(cost)}</figcaption></figure>"
    )


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>wiro_widgets demonstration</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 24px auto; max-width: 1120px; padding: 0 16px }
main { display: grid; gap: 16px }
main { grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)) }
figure { margin: 0 } video { width: 100%; border-radius: 8px; background: #111 }
figcaption { margin-top: 4px }
</style>
<h1>Four clips of one image</h1>
<p>Two prompts, two resolutions, one first frame (PHOTO). The sandbox made them on this computer;
nothing was charged.</p>
<p><button id="all">Play all</button></p>
<main>
FIGURES
</main>
<p>Next: <code>wiro-widgets lab</code> (in a clone of the project, <code>make lab</code>) opens the
tutorials; begin with <code>01_quickstart.ipynb</code>.</p>
<script>
document.getElementById("all").onclick = () => {
  for (const video of document.querySelectorAll("video")) { video.currentTime = 0; video.play() }
}
</script></html>
"""

if __name__ == "__main__":
    sys.exit(main())
