"""Executes `ww.run` on machines as people have them, and prints the outcome.

``python -m tests.runs.environment_matrix [WORD]``: every environment whose name has the word in
it, each in a process of its own. The service is a local one over TLS that only a proxy can reach,
or a sandbox. Prints a table; exit code 1 when anything was not as expected.

An administrator can write everywhere. So where a folder must be closed, the process gives up that
privilege (``setpriv``, of util-linux) when the matrix is run by one.
"""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.client.proxy import NAME, HttpProxy, make_certificate
from tests.conftest import FAST, FEW, ROOT, start_service, stop_service
from tests.runs.environments import CASES, FRAME, LOGIN, SECONDS, Case
from tests.runs.fake_service import FakeService

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Outcome:
    """The outcome of a case.

    Attributes:
        said: The last line: a status, or an error with its words.
        all: Everything that was written.
        seconds: How long it took, the start of the interpreter included.
    """

    said: str
    all: str
    seconds: float


class Machine:
    """What all environments share: the services, proxies and files."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._number = 0
        self._stack = ExitStack()
        key, certificate = make_certificate(place)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        enter = self._stack.enter_context
        self.live = enter(FakeService(auto=0.02, tls=context))
        self.live.name = NAME
        self.proxy = enter(HttpProxy())
        others = {
            "tls_proxy": HttpProxy(tls=context),
            "login_proxy": HttpProxy(login=LOGIN),
            "forbidding": HttpProxy(b"HTTP/1.1 403 Forbidden\r\n\r\n"),
            "busy": HttpProxy(b"HTTP/1.1 503 Busy\r\n\r\n"),
            "silent": HttpProxy(lambda peer: peer.recv(1) and None),
            "garbage": HttpProxy(b"SSH-2.0-OpenSSH_9.6\r\n"),
        }
        self.sandbox = start_service("--speed", FAST, "--frame-rate", FEW, "--idle-exit", "600")
        self._stack.callback(stop_service, self.sandbox)
        self.names = {
            **{name: enter(proxy).address for name, proxy in others.items()},
            "proxy": self.proxy.address,
            "tls_port": others["tls_proxy"].address.rpartition(":")[2],
            "sandbox_localhost": self.sandbox.api_url.replace("127.0.0.1", "localhost"),
            "certificate": str(certificate),
            "authorities": str(self._folder_of(certificate)),
        }
        texts = {"empty": "", "broken": "no certificate", "netrc": "default login me password hush"}
        for name, text in texts.items():
            (place / name).write_text(text)
            self.names[name] = str(place / name)
        (place / "netrc").chmod(0o600)
        unhashed = place / "unhashed"
        unhashed.mkdir()
        shutil.copy(certificate, unhashed)
        self.names["unhashed"] = str(unhashed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _folder_of(self, certificate: Path) -> Path:
        """A folder with a certificate, under the name that OpenSSL looks for."""
        command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(certificate)]
        hashed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        folder = self._place / "authorities"
        folder.mkdir()
        shutil.copy(certificate, folder / f"{hashed}.0")
        return folder

    def execute(self, case: Case) -> Outcome:
        """Run a case in a folder of its own."""
        self._number += 1
        folder = self._place / f"{self._number}"
        (folder / "home").mkdir(parents=True)
        code = "".join(f"    {line}\n" for line in case.code.splitlines())
        script = folder / "script.py"
        script.write_text(FRAME.format(code=code), encoding="utf-8")
        for name in case.closed:
            (folder / name).chmod(0o555)
        begin = time.monotonic()
        done = subprocess.run(
            [*_as_anybody(case), sys.executable, *case.options, str(script)],
            cwd=folder,
            env=self._environment(case, folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            preexec_fn=case.before,
            check=False,
        )
        seconds = time.monotonic() - begin
        for name in case.closed:
            (folder / name).chmod(0o755)
        everything = done.stdout.decode("latin-1")
        return Outcome(everything.strip().splitlines()[-1], everything, seconds)

    def _environment(self, case: Case, folder: Path) -> dict[str, str]:
        services = {
            "live": {
                **self.live.environment,
                "HTTPS_PROXY": f"http://{self.proxy.address}",
                "REQUESTS_CA_BUNDLE": self.names["certificate"],
            },
            "sandbox": self.sandbox.environment(),
            "none": {},
        }
        variables: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "PYTHONPATH": str(ROOT),
            **services[case.service],
            **case.variables,
        }
        return {
            name: value.format(**self.names)
            for name, value in variables.items()
            if value is not None
        }


def _as_anybody(case: Case) -> list[str]:
    """What makes an administrator obey the modes of folders."""
    if not case.closed or os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]


def fault_in(case: Case, outcome: Outcome) -> str:
    """What is wrong with an outcome; empty when it is as expected."""
    if not re.search(case.expected, outcome.said, re.DOTALL):
        return f"expected {case.expected!r}"
    if "hush" in outcome.all:
        return "a password was shown"
    return "a raw traceback was shown" if "Traceback" in outcome.all else ""


def main(word: str = "") -> int:
    """Print the table; 1 when anything was not as expected."""
    faults = 0
    with tempfile.TemporaryDirectory() as place, Machine(Path(place)) as machine:
        for case in CASES:
            if word in case.name:
                outcome = machine.execute(case)
                fault = fault_in(case, outcome)
                faults += bool(fault)
                mark = f"   !! {fault}\n{outcome.all}" if fault else ""
                print(f"{outcome.seconds:5.1f} s  {case.name:38}{outcome.said}{mark}", flush=True)  # noqa: T201
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
