"""`ww.connect()`: where the key comes from, whether it works, and that it is never shown."""

from __future__ import annotations

import getpass
import grp
import logging
import os
import pwd
import socket
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO, session_in_use
from tests.runs.helpers import give_away
from wiro_widgets.client import (
    AuthenticationError,
    ConnectionFailed,
    Credentials,
    CredentialsError,
    InputError,
)
from wiro_widgets.runs import credentials, current
from wiro_widgets.runs import session as sessions
from wiro_widgets.runs.ownership import doubt_about

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Service


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A notebook's folder, in the home of somebody who has no key set."""
    for name in [name for name in os.environ if name.startswith("WIRO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "project" / "notebooks"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    yield folder
    if (session := session_in_use()) is not None:
        session.close()


@pytest.mark.usefixtures("_as_if_live")
def test_it_says_in_one_sentence_what_it_is_connected_to(folder: Path, service: Service) -> None:
    session = ww.connect(
        service.key, service.secret, api_url=service.api_url, socket_url=service.socket_url
    )
    said = repr(session)
    host = urlsplit(service.api_url).netloc
    assert said == (
        f"Connected to {host} with signed requests, the key from your code."
        " Its models include minimax/hailuo-2.3-fast and minimax/hailuo-2.3."
        f" Runs are kept in {folder / 'wiro-runs'}."
    )
    assert service.key not in said
    assert service.secret not in said
    assert current.current_session() is session


def test_the_sandbox_says_that_nothing_is_charged(folder: Path, service: Service) -> None:
    session = ww.connect(
        service.key, service.secret, api_url=service.api_url, socket_url=service.socket_url
    )
    assert "nothing is charged" in repr(session)


@pytest.mark.parametrize(
    ("api_url", "socket_url", "place"),
    [
        (None, None, "wiro.ai"),
        ("https://api.wiro.ai/v1/", "wss://socket.wiro.ai/v1", "wiro.ai"),
        ("https://gateway.example/v1", "wss://gateway.example/v1", "gateway.example"),
        ("https://gateway.example:8443/v1", None, "gateway.example:8443 and socket.wiro.ai"),
        (None, "wss://ears.example/v1", "api.wiro.ai and ears.example"),
    ],
)
def test_a_connection_names_its_hosts_unless_they_are_the_services_own(
    folder: Path, api_url: str | None, socket_url: str | None, place: str
) -> None:
    source = credentials.CredentialSource(Credentials("a-key", "a-secret"), "your code")
    with sessions.open_session(source, api_url, socket_url, "wiro-runs") as session:
        assert repr(session).startswith(f"Connected to {place} with signed requests,")


def test_a_far_address_that_is_not_encrypted_is_refused_unless_asked_for(folder: Path) -> None:
    url = "http://gateway.invalid/v1"
    with pytest.raises(InputError, match="allow_http=True") as caught:
        ww.connect("a-key", "a-secret", api_url=url)
    assert caught.value.field == "api_url"
    assert session_in_use() is None
    with pytest.raises(ConnectionFailed):
        ww.connect("a-key", "a-secret", api_url=url, allow_http=True)


@pytest.mark.usefixtures("_as_if_live")
@pytest.mark.parametrize("place", [".", ".."])
def test_the_key_of_an_env_file_is_used_and_the_file_named(
    folder: Path,
    service: Service,
    place: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = (folder / place).resolve() / ".env"
    file.write_text(
        "# for the notebooks\nOTHER=1\n"
        f"export WIRO_API_KEY='{service.key}'\nWIRO_API_SECRET = \"{service.secret}\"\n"
        f"WIRO_API_URL={service.api_url} # here\nWIRO_SOCKET_URL={service.socket_url}\n"
    )
    current.current_session()
    host = urlsplit(service.api_url).netloc
    assert f"Using the Wiro key from {file} for {host}." in capsys.readouterr().out
    assert ww.run("With the key of a file", image=PHOTO).wait(60).video is not None
    assert f"the key from {file}." in repr(ww.connect())

    # The environment wins, as a whole: its key never goes to an address that a file names.
    monkeypatch.setenv("WIRO_API_KEY", "from-the-environment")
    found = credentials.from_environment()
    assert found is not None
    assert (found.origin, found.api_url) == ("the environment", None)


def test_an_env_file_of_a_folder_above_home_is_not_trusted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / "home"
    inside = home / "work"
    inside.mkdir(parents=True)
    (folder / ".env").write_text("WIRO_API_KEY=planted\nWIRO_API_URL=http://evil.example/v1\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(inside)
    assert credentials.from_environment() is None


@pytest.mark.parametrize("how", ["mode", "folder", "owner", "folder's owner", "link"])
def test_an_env_file_that_others_may_have_written_is_refused(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file = folder / ".env"
    lines = [f"{name}={value}\n" for name, value in service.environment().items()]
    if how == "link":
        (folder / "theirs").write_text("".join(lines))
        file.symlink_to("theirs")
        give_away(folder / "theirs", monkeypatch)
    else:
        file.write_text("".join(lines))
    changed = folder if "folder" in how else file
    if how in ("mode", "folder"):
        changed.chmod(0o777)
    elif how != "link":
        give_away(changed, monkeypatch)

    before = service.task_count()
    for use in (ww.connect, lambda: ww.run("Nobody asked for this", image=PHOTO)):
        with pytest.raises(CredentialsError) as caught:
            use()
        said = str(caught.value)
        assert str(file) in said
        assert "other user" in said or "another user" in said
        assert (f"chmod go-w {changed};" in said) is (how in ("mode", "folder"))
        assert "WIRO_API_KEY" in caught.value.remedy
        assert service.key not in said
    assert session_in_use() is None
    assert service.task_count() == before


def test_an_env_file_in_a_shared_folder_is_read_where_nobody_can_replace_it(
    folder: Path, service: Service
) -> None:
    """As in a folder for temporary files, where each user keeps what is theirs."""
    folder.chmod(0o1777)
    file = folder / ".env"
    file.write_text(f"WIRO_API_KEY={service.key}\n")
    file.chmod(0o644)
    found = credentials.from_environment()
    assert found is not None
    assert found.origin == str(file)


@pytest.mark.parametrize(
    ("group", "members", "trusted"),
    [("me", [], True), ("me", ["me"], True), ("me", ["somebody"], False), ("staff", [], False)],
)
def test_a_group_of_nobody_else_counts_as_the_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch, group: str, members: list[str], trusted: bool
) -> None:
    """Some systems give each user a group of their own, and its members may write by default."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    found = SimpleNamespace(
        gr_name=me if group == "me" else group,
        gr_mem=[me if name == "me" else name for name in members],
    )
    monkeypatch.setattr(grp, "getgrgid", lambda _: found)
    file = folder / ".env"
    file.write_text("WIRO_API_KEY=a-key\n")
    file.chmod(0o664)
    assert (doubt_about(file) is None) is trusted


def test_with_the_sandbox_asked_for_no_key_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("WIRO_API_KEY=of-a-file\n")
    monkeypatch.setenv("WIRO_API_KEY", "of-the-environment")
    assert credentials.from_environment() is not None
    monkeypatch.setenv("WIRO_SANDBOX", "1")
    assert credentials.from_environment() is None


def test_an_env_file_of_others_without_a_key_is_no_trouble(folder: Path) -> None:
    file = folder / ".env"
    file.write_text("DATABASE=here\nWIRO_API_URL=http://evil.example/v1\n")
    file.chmod(0o666)
    assert credentials.from_environment() is None


def test_a_nearer_env_file_chooses_no_address_for_the_key_of_another(folder: Path) -> None:
    (folder.parent / ".env").write_text("WIRO_API_KEY=mine\n")
    (folder / ".env").write_text("WIRO_API_URL=https://evil.example/v1\n")
    found = credentials.from_environment()
    assert found is not None
    assert (found.origin, found.api_url) == (str(folder.parent / ".env"), None)


def test_a_pipe_or_a_folder_called_env_is_no_trouble(folder: Path) -> None:
    os.mkfifo(folder / ".env")
    (folder.parent / ".env").mkdir()
    assert credentials.from_environment() is None


def test_an_endless_env_file_is_no_trouble(folder: Path) -> None:
    with (folder / ".env").open("wb") as file:
        file.write(b" " * 200_000 + b"A=1\n" * 1000)
        file.truncate(2**40)
    assert credentials.from_environment() is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("WIRO_API_KEY=abc", "abc"),
        ("WIRO_API_KEY = abc # mine", "abc"),
        ("WIRO_API_KEY=a#b", "a#b"),
        ('export WIRO_API_KEY="a b#c" # mine', "a b#c"),
        ("WIRO_API_KEY='a\"b'", 'a"b'),
        ("WIRO_API_KEY=", ""),
        ("# WIRO_API_KEY=abc", None),
        ("NOT_WIRO_API_KEY=abc", None),
        ("\ufeffWIRO_API_KEY=abc\r\n", "abc"),
    ],
)
def test_env_files_are_read_as_people_write_them(
    tmp_path: Path, text: str, value: str | None
) -> None:
    file = tmp_path / ".env"
    file.write_text(text, "utf-8")
    assert credentials.read_env_file(file).get("WIRO_API_KEY") == value


@pytest.mark.parametrize(
    "content", [b'WIRO_API_KEY="hidden-key', b"WIRO_API_KEY=\xff\xfehidden-key"]
)
def test_a_damaged_env_file_is_named_without_what_is_in_it(folder: Path, content: bytes) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(CredentialsError) as caught:
        ww.connect()
    assert str(folder / ".env") in str(caught.value)
    assert "hidden-key" not in str(caught.value)


@pytest.mark.usefixtures("_as_if_live")
def test_a_key_can_be_typed_and_is_kept_nowhere(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([service.key, service.secret])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(typed))
    session = ww.connect(ask=True, api_url=service.api_url, socket_url=service.socket_url)
    assert "the key from what you typed." in repr(session)
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(service.secret.encode() in content for content in kept)


def test_nobody_there_to_be_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> str:
        raise RuntimeError("raw_input was called, but this frontend does not support input")

    monkeypatch.setattr(getpass, "getpass", refuse)
    with pytest.raises(CredentialsError, match="WIRO_API_KEY"):
        ww.connect(ask=True)


@pytest.mark.parametrize("wrong", ["key", "secret", "mode"])
def test_a_wrong_key_is_told_at_once_and_the_earlier_session_stays(
    wrong: str, folder: Path, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    addresses = {"api_url": service.api_url, "socket_url": service.socket_url}
    earlier = ww.connect(service.key, service.secret, **addresses)
    key = "not-the-key" if wrong == "key" else service.key
    secret = "" if wrong == "mode" else "nor-the-secret"

    with pytest.raises(AuthenticationError) as caught:
        ww.connect(key, secret, **addresses)

    assert "WIRO_API_KEY" in caught.value.remedy
    for text in (str(caught.value), caplog.text):
        assert "nor-the-secret" not in text
        assert service.key not in text
    assert current.current_session() is earlier
    assert ww.run(f"After a wrong {wrong}", image=PHOTO).wait(60).video is not None


def test_a_clock_that_is_off_is_named(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    with pytest.raises(AuthenticationError, match="about 60 minutes fast"):
        ww.connect(service.key, "wrong", api_url=service.api_url, socket_url=service.socket_url)


def test_no_network_is_said_in_words_and_soon(folder: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
    started = time.monotonic()
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        ww.connect("a-key", "a-secret", api_url=address)
    assert session_in_use() is None
    # Somebody is looking at the cell: not the patience of a run that was paid for.
    assert time.monotonic() - started < 15
