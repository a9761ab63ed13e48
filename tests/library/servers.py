"""A PostgreSQL and an S3 server of our own, for tests and benchmarks of a shared library.

Both are real servers on loopback: a kernel in another process reaches them as well. Importing this
module loads neither psycopg nor moto.
"""

from __future__ import annotations

import logging
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moto.server import ThreadedMotoServer
    from typing_extensions import Self

ROLE = "owner_of_tests"
"""Who owns the databases: an ordinary role, as a team's would be, and no superuser."""
_ADMIN = "admin"
_SECONDS = 60
_KEEPER = """
read -r _
pid=$(head -n 1 data/postmaster.pid 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$PWD"
"""
"""Ends a server when whoever started it is gone, in whatever way: a closed pipe says so."""


class PostgreSQL:
    """A running PostgreSQL server in a temporary folder, on a free port.

    Args:
        durable: Whether commits reach the disk, as they do in earnest. Tests need not wait for it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.programs = _programs()
        self._user = _ordinary_user()
        # Not in pytest's folders, which are closed to the ordinary user that we may have to be.
        self._folder = Path(tempfile.mkdtemp(prefix="wiro-postgresql-"))
        self._keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER],
            stdin=subprocess.PIPE,
            cwd=self._folder,
            start_new_session=True,
        )
        self.password = secrets.token_hex(12)
        self.port = _free_port()
        self._numbers = count(1)
        settings: dict[str, Any] = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": self.port,
            "max_connections": 200,
            "fsync": "on" if durable else "off",
        }
        try:
            self._make(settings)
            self.start()
            self.admin(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make(self, settings: Mapping[str, Any]) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password)
        if self._user is not None:
            for path in (self._folder, secret):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._call(
            "initdb",
            *("--username", _ADMIN, "--pwfile", str(secret), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
        )
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        with (self._folder / "data" / "postgresql.conf").open("a") as target:
            target.writelines(lines)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._call("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"))

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it.

        Args:
            at_once: As when the power fails: nothing is written first. Else sessions are cut, and
                what was committed is written.
        """
        self._call("pg_ctl", "stop", "--mode", "immediate" if at_once else "fast")

    def restart(self, *, at_once: bool = False) -> None:
        """Stop it, and start it again on the same port."""
        self.stop(at_once=at_once)
        self.start()

    def close(self) -> None:
        """Stop it, and remove its folder."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(_SECONDS)

    @property
    def log(self) -> str:
        """What the server has logged."""
        return (self._folder / "log").read_text()

    def url(self, database: str, role: str = ROLE) -> str:
        """The address of a database, as a person gives it to `wiro_widgets.library`."""
        return f"postgresql+psycopg://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """Make a database that `ROLE` owns, like another one or empty; its name."""
        name = f"library_{next(self._numbers)}"
        self.admin(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        return name

    def admin(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser; the rows that it gives, if it gives any."""
        import psycopg  # noqa: PLC0415 - few tests need it

        url = self.url(database, _ADMIN).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def psql(self, script: str) -> str:
        """Run a script as the superuser, as a person does in `psql`; what it says."""
        command = [str(self.programs / "psql"), "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            command,
            input=script,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.port),
                "PGUSER": _ADMIN,
                "PGPASSWORD": self.password,
                "PGDATABASE": "postgres",
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _call(self, program: str, *options: str) -> None:
        command = [str(self.programs / program), "--pgdata", str(self._folder / "data"), *options]
        as_user: dict[str, Any] = {}
        if self._user is not None:
            as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        # A server inherits what it is started with, and would keep a pipe open.
        said = self._folder / "said"
        with said.open("w") as target:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                timeout=_SECONDS,
                check=False,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                **as_user,
            )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, said.read_text())


class ObjectStore:
    """An S3 server on loopback, with one bucket."""

    bucket = "clips"

    def __init__(self) -> None:
        self.port = _free_port()
        self._server: ThreadedMotoServer | None = None
        self.start()
        self.client.create_bucket(Bucket=self.bucket)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """What a process must have set to use it."""
        return {
            "AWS_ACCESS_KEY_ID": "an-id",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
        }

    @property
    def client(self) -> Any:
        """A client that shares no code with the library's, to look at what is in the bucket."""
        import boto3  # noqa: PLC0415 - takes half a second

        variables = self.environment
        return boto3.client(
            "s3",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )

    def keys(self) -> list[str]:
        """The names of all objects in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [one["Key"] for page in pages for one in page.get("Contents", ())]

    def clear(self) -> None:
        """Empty the bucket."""
        for key in self.keys():
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def start(self) -> None:
        """Serve, with the objects there were."""
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - takes a second

        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def _programs() -> Path:
    """The folder of the programs of the newest PostgreSQL here."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
    ]
    folders = [one for one in folders if (one / "initdb").is_file()]
    if not folders:
        raise FileNotFoundError("No PostgreSQL server found; run tests/library/install-postgresql.")
    return max(folders, key=lambda one: _numbers(one.parent.name))


def _numbers(name: str) -> Sequence[int]:
    return [int(part) for part in name.replace("-", ".").split(".") if part.isdigit()]


def _ordinary_user() -> pwd.struct_passwd | None:
    """Who the server is run as; None for ourselves. PostgreSQL refuses to be run by root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("PostgreSQL cannot be run by root, and there is no user postgres or nobody.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
