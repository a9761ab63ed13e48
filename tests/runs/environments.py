"""Environments for `ww.run`, as people have them, and what a run comes to in each.

``environment_matrix`` executes them.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECONDS = 60
"""Only guards against a hang."""
LOGIN = "me:hush"
_RUN = "run = ww.run('A gull', model='minimax/hailuo-2.3', resolution='768P', duration=6)\n"
_WAIT = f"said = run.wait({SECONDS}).status\n"
FRAME = """
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
        in_suite: Whether the tests have it too, or only the command.
    """

    name: str
    expected: str
    service: str = "live"
    variables: Mapping[str, str | None] = field(default_factory=dict)
    code: str = _RUN + _WAIT
    options: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    before: Callable[[], None] | None = None
    in_suite: bool = True


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
    Case("sandbox, http_proxy", _DONE, "sandbox", {"http_proxy": DEAD}),
    Case("sandbox, NO_PROXY has only localhost", _DONE, "sandbox",
         {"http_proxy": DEAD, "NO_PROXY": "localhost"}),
    Case("sandbox called localhost", _DONE, "sandbox",
         {"http_proxy": DEAD, "WIRO_API_URL": "{sandbox_localhost}"}),
    Case("live through HTTPS_PROXY", _DONE),
    _proxy("proxy with a login", _DONE, f"http://{LOGIN}@{{login_proxy}}"),
    _proxy("proxy over TLS", _DONE, "https://localhost:{tls_port}"),
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
    _proxy("not a proxy", _NAMED + "doesn't answer as a proxy does", "http://{garbage}"),
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
    Case("ASCII terminal", _DONE, code=_PRINTS,
         variables={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}),
    Case("Turkish, decimal comma, odd zone", _DONE,
         variables={"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}),
    Case("-W error", _DONE, options=("-W", "error")),
    Case("-X dev", _DONE, options=("-X", "dev")),
    Case("forked pool after a run", "^succeeded succeeded succeeded$", code=_FORK),
    Case("forked while a run is waited for",
         "^Run 1 is followed by the process that this one was forked from.* succeeded$",
         code=_FORK_AND_WAIT),
    *(
        replace(case, in_suite=False)
        for case in [
            *(
                Case(f"sandbox, {variable}", _DONE, "sandbox", {variable: address})
                for variable, address in [
                    ("HTTP_PROXY", DEAD),
                    ("ALL_PROXY", DEAD),
                    ("all_proxy", "socks5h://127.0.0.1:9"),
                ]
            ),
            _proxy("live through ALL_PROXY", _DONE, "http://{proxy}", "ALL_PROXY"),
            _proxy("proxy without http://", _DONE, "{proxy}"),
            _proxy("proxy over TLS, for another name",
                   r"The proxy https://127.0.0.1:\d+ .* isn't trusted", "https://{tls_proxy}"),
            _proxy("proxy of an unknown name", "The proxy http://proxy.invalid:80.* can't be found",
                   "http://proxy.invalid:80"),
            _bundle("bundle broken", "CURL_CA_BUNDLE names .*broken, which has no certificates",
                    "CURL_CA_BUNDLE", "{broken}"),
            Case("no temporary folder", _DONE, variables={"TMPDIR": "/none"}),
            Case("no PATH", _DONE, variables={"PATH": None}),
            Case("Windows terminal", _DONE, code=_PRINTS,
                 variables={"PYTHONIOENCODING": "cp1252"}),
            Case("-O", _DONE, options=("-O",)),
        ]
    ),
]  # fmt: skip
