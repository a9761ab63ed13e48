"""Executes `ww.run` on machines as people have them, and prints what came of it.

``python -m tests.runs.environment_matrix [WORD]``: every environment whose name has the word in
it, each in a process of its own. The service is a local one over TLS that only a proxy can reach,
or a sandbox. Prints a table; exit code 1 when anything was not as expected.

An administrator can write everywhere. So where a folder must be closed, the process gives up that
privilege (``setpriv``, of util-linux) when the matrix is run by one.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.client.proxy import NAME, HttpProxy, make_certificate
from tests.conftest import FAST, FEW, ROOT, start_service, stop_service
from tests.runs.fake_service import FakeService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

SECONDS = 60
"""Only guards against a hang."""
LOGIN = "me:hush"
_RUN = "run = ww.run('A gull', model='minimax/hailuo-2.3', resolution='768P', duration=6)\n"
_WAIT = f"said = run.wait({SECONDS}).status\n"
_FRAME = """
import sys
import wiro_widgets as ww
try:
{code}
except BaseException as error:
    said = f"{{type(error).__name__}}: {{error}}"
print()
print(said)
"""
_FORK = (
    _RUN
    + """
run.wait(60)
def again(prompt):
    return ww.run(prompt, **K).wait(60).status
K = dict(model='minimax/hailuo-2.3', resolution='768P', duration=6)
import multiprocessing
with multiprocessing.get_context('fork').Pool(2) as pool:
    said = ' '.join([*pool.map(again, ['b', 'c']), again('d')])
"""
)
_FORK_AND_WAIT = (
    """
import os
"""
    + _RUN
    + """
read, write = os.pipe()
if os.fork() == 0:
    try:
        run.wait()
    except ww.WiroError as error:
        os.write(write, str(error).encode())
    os._exit(0)
os.close(write)
os.wait()
said = os.read(read, 1000).decode() + ' ' + run.wait(60).status
"""
)
_GONE = (
    """
import os
os.mkdir('gone')
os.chdir('gone')
os.rmdir('../gone')
"""
    + _RUN
    + _WAIT
)
_PRINTS = (
    _RUN.replace("A gull", "Möwe … 鳥 · “so”")
    + """
run.wait(60)
print(run, ww.history(), ww.sweep(['ü', 'é'], model='minimax/hailuo-2.3', duration=6), ww.connect())
try:
    ww.run('é', resolution='×')
except ww.WiroError as error:
    print(error)
"""
    + _WAIT
)
_HOMELESS = (
    """
# As for a user that the system does not know, in a container: the path stays as it is.
import os.path
os.path.expanduser = lambda path: path
"""
    + _RUN
)
_STUDIO = """
import os
studio = ww.Studio(prompt='A gull', model='minimax/hailuo-2.3')
said = studio._problem['detail']
os.chmod('.', 0o755)
studio.connect()
said += f" then {studio._problem}, {studio.run().wait(60).status}"
"""
_LATER = """
import os
K = dict(model='minimax/hailuo-2.3', resolution='768P', duration=6)
ww.run('A gull', **K).wait(60)
proxy, os.environ['HTTPS_PROXY'] = os.environ['HTTPS_PROXY'], 'http://127.0.0.1:9'
try:
    ww.run('Another gull', **K).wait(60)
except ww.WiroError as error:
    said = f'{type(error).__name__}: {error}'
os.environ['HTTPS_PROXY'] = proxy
said += f" Then {ww.run('Another gull', **K).wait(60).status}."
"""
_NOWHERE = "import sys\nsys.executable = None\n" + _RUN + _WAIT


@dataclass(frozen=True)
class Case:
    """An environment, and what `ww.run` comes to in it.

    Attributes:
        name: For the table.
        expected: A regular expression that the outcome contains.
        service: ``live``, ``sandbox``, or ``none`` for a sandbox that is still to be started.
        variables: Of the environment; None takes one away. ``{name}`` stands for a `Place.names`.
        code: What is run, besides or in place of one run.
        options: Of the interpreter.
        closed: Folders that nobody may write to.
        before: Called in the new process.
    """

    name: str
    expected: str
    service: str = "live"
    variables: Mapping[str, str | None] = field(default_factory=dict)
    code: str = _RUN + _WAIT
    options: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    before: Callable[[], None] | None = None


def _proxy(name: str, expected: str, address: str, variable: str = "HTTPS_PROXY") -> Case:
    return Case(name, expected, variables={"HTTPS_PROXY": None, variable: address})


def _bundle(name: str, expected: str, variable: str | None, path: str = "") -> Case:
    bundle = {"REQUESTS_CA_BUNDLE": None} | ({variable: path} if variable else {})
    return Case(name, expected, variables=bundle)


DEAD = "http://127.0.0.1:9"
_DONE = "^succeeded$"
_NAMED = r"ConnectionFailed: The proxy http://127.0.0.1:\d+ from HTTPS_PROXY "
CASES = [
    Case("nothing unusual, sandbox", _DONE, "sandbox"),
    *(
        Case(f"sandbox, {variable}", _DONE, "sandbox", {variable: address, "NO_PROXY": None})
        for variable, address in [
            ("HTTP_PROXY", DEAD),
            ("http_proxy", DEAD),
            ("ALL_PROXY", DEAD),
            ("all_proxy", "socks5h://127.0.0.1:9"),
        ]
    ),
    Case("sandbox, NO_PROXY has only localhost", _DONE, "sandbox",
         {"http_proxy": DEAD, "NO_PROXY": "localhost"}),
    Case("sandbox called localhost", _DONE, "sandbox",
         {"http_proxy": DEAD, "WIRO_API_URL": "{sandbox_localhost}"}),
    Case("live through HTTPS_PROXY", _DONE),
    _proxy("live through ALL_PROXY", _DONE, "http://{proxy}", "ALL_PROXY"),
    _proxy("proxy without http://", _DONE, "{proxy}"),
    _proxy("proxy with a login", _DONE, f"http://{LOGIN}@{{login_proxy}}"),
    _proxy("proxy over TLS", _DONE, "https://localhost:{tls_port}"),
    _proxy("proxy over TLS, certificate for another name",
           r"The proxy https://127.0.0.1:\d+ .* isn't trusted", "https://{tls_proxy}"),
    _proxy("proxy, wrong login", _NAMED + r"didn't accept your user name and password",
           "http://me:wrong-hush@{login_proxy}"),
    _proxy("proxy, no login", _NAMED + "asks for a user name and a password.*HTTPS_PROXY=http://",
           "http://{login_proxy}"),
    _proxy("proxy refused", _NAMED + "refused the connection.*NO_PROXY=wiro.test",
           f"http://me:wrong-hush@{DEAD[7:]}"),
    Case("proxy refused later", "ConnectionFailed: The proxy http.* refused.* Then succeeded.$",
         code=_LATER),
    _proxy("proxy says 403", _NAMED + r"doesn't connect to wiro.test \(403 Forbidden\)",
           "http://{forbidding}"),
    _proxy("proxy says 503", _NAMED + r"couldn't connect to wiro.test \(503 Busy\)",
           "http://{busy}"),
    _proxy("proxy says nothing", _NAMED + "doesn't answer", "http://{silent}"),
    _proxy("proxy is no proxy", _NAMED + "doesn't answer as a proxy does", "http://{garbage}"),
    _proxy("proxy of an unknown name", "The proxy http://proxy.invalid:80 .* can't be found",
           "http://proxy.invalid:80"),
    _proxy("proxy address is none", "The proxy http://a:port .* isn't an address", "http://a:port"),
    _proxy("SOCKS without its package", r'needs the package PySocks.*install "requests\[socks\]',
           "socks5h://me:wrong-hush@127.0.0.1:9"),
    Case("NO_PROXY names the service", "ConnectionFailed: The service cannot be reached",
         variables={"NO_PROXY": ".test"}, code="ww.connect()"),
    _bundle("SSL_CERT_FILE", _DONE, "SSL_CERT_FILE", "{certificate}"),
    _bundle("SSL_CERT_DIR", _DONE, "SSL_CERT_DIR", "{authorities}"),
    _bundle("CURL_CA_BUNDLE is a folder", _DONE, "CURL_CA_BUNDLE", "{authorities}"),
    _bundle("certificate of an interceptor",
            "The certificate of wiro.test isn't trusted: self.*set REQUESTS_CA_BUNDLE", None),
    _bundle("bundle missing", "REQUESTS_CA_BUNDLE names /none/ca.pem, .*can't be read: No such",
            "REQUESTS_CA_BUNDLE", "/none/ca.pem"),
    _bundle("bundle empty", "SSL_CERT_FILE names .*empty, which has no certificates",
            "SSL_CERT_FILE", "{empty}"),
    _bundle("bundle broken", "CURL_CA_BUNDLE names .*broken, which has no certificates",
            "CURL_CA_BUNDLE", "{broken}"),
    _bundle("folder without hashes", "REQUESTS_CA_BUNDLE names .*openssl rehash",
            "REQUESTS_CA_BUNDLE", "{unhashed}"),
    Case(".netrc with a default", _DONE, variables={"NETRC": "{netrc}"}),
    Case("read-only home", "SandboxUnavailableError: .*/home/.cache/.*XDG_CACHE_HOME", "none",
         closed=("home",)),
    Case("cache is a file", "SandboxUnavailableError: .*Not a directory.*XDG_CACHE_HOME", "none",
         {"XDG_CACHE_HOME": "{certificate}"}),
    Case("a user without a home", "SandboxUnavailableError: .*this user has no home", "none",
         code=_HOMELESS),
    Case("this program has no Python", "SandboxUnavailableError: .*where Python is", "none",
         code=_NOWHERE),
    Case("read-only notebook folder", r"LibraryError: .*Permission denied.*connect\(directory=",
         closed=("",)),
    Case("wiro-runs is a file", "LibraryError: .*wiro-runs can't be used: it is not a folder",
         code="open('wiro-runs', 'w').close()\n" + _RUN),
    Case("a Studio in a read-only folder", r"^/.*Permission denied\. then {}, succeeded$",
         code=_STUDIO, closed=("",)),
    Case("the folder is gone", "LibraryError: .*current folder has been deleted", code=_GONE),
    Case("disk full", "LibraryError: .*(File too large|full).*Free some disk space",
         before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))),
    Case("too many open files", "^(Library|Conn).*Too many open files.*ulimit -n", "sandbox",
         before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))),
    Case("no HOME", _DONE, variables={"HOME": None}),
    Case("no temporary folder", _DONE, variables={"TMPDIR": "/none"}),
    Case("no PATH", _DONE, variables={"PATH": None}),
    Case("ASCII terminal", _DONE, code=_PRINTS,
         variables={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}),
    Case("Windows terminal", _DONE, code=_PRINTS, variables={"PYTHONIOENCODING": "cp1252"}),
    Case("Turkish, decimal comma, odd zone", _DONE,
         variables={"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}),
    Case("-W error", _DONE, options=("-W", "error")),
    Case("-X dev", _DONE, options=("-X", "dev")),
    Case("-O", _DONE, options=("-O",)),
    Case("forked pool after a run", "^succeeded succeeded succeeded$", code=_FORK),
    Case("forked while a run is waited for",
         "^Run 1 is followed by the process that this one was forked from.* succeeded$",
         code=_FORK_AND_WAIT),
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

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
        script.write_text(_FRAME.format(code=code), encoding="utf-8")
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
