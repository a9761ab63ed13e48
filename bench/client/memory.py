"""200 MiB up and down. Budget: at most 16 MiB of memory above what is in use before.

The service refuses single files over 100 MB, so 200 MiB go up as three files of one request.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import service

from wiro_widgets.client import Output, WiroClient

MIB = 1024 * 1024
SIZE = 200 * MIB


def peak() -> float:
    """The most memory this process has had so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def upload(client: WiroClient, directory: Path) -> float:
    """Memory that 200 MiB of input files cost, MiB."""
    files = [directory / f"part{number}.bin" for number in range(3)]
    for path in files:
        with path.open("wb") as file:
            file.truncate(SIZE // 3 + 1)
    client.submit("a/b", {"prompt": "p"}, files={"inputImage": [b"x"]})  # loads what is lazy
    before = peak()
    client.submit("a/b", {"prompt": "p"}, files={"inputImage": files})
    return peak() - before


def download(client: WiroClient, directory: Path, url: str) -> float:
    """Memory that fetching 200 MiB costs, MiB."""
    before = peak()
    client.download(Output("0.mp4", "video/mp4", SIZE, url, "1"), directory)
    return peak() - before


def main() -> int:
    """Measure; 1 when over budget."""
    with (
        service.running() as at,
        at.client() as client,
        tempfile.TemporaryDirectory() as directory,
    ):
        up = upload(client, Path(directory))
        down = download(client, Path(directory), at.api_url.replace("/v1", f"/cdn/{SIZE}"))
    print(f"200 MiB up:   +{up:.1f} MiB")
    print(f"200 MiB down: +{down:.1f} MiB")
    return int(max(up, down) > 16)


if __name__ == "__main__":
    sys.exit(main())
