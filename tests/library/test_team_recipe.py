"""``docs/team.md``, followed to the letter: an empty server, two people, one paid run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import ROOT
from tests.runs.fake_service import FakeService
from tests.runs.kernel import Kernel

if TYPE_CHECKING:
    from tests.library.servers import ObjectStore, PostgreSQL

RECIPE = (ROOT / "docs" / "team.md").read_text()
RUN = "run = ww.run('The gull lifts off', model=MODEL).wait(20)\ncheck_clip(run)\nrun.number"


def block(heading: str, kind: str, with_text: str = "") -> str:
    """The block of code of a kind in a section of the recipe, with some text in it."""
    section = RECIPE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    found = re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)
    return next(one for one in found if with_text in one)


class Recipe:
    """Its blocks with the addresses of our servers in place of the examples'."""

    def __init__(self, server: PostgreSQL, objects: ObjectStore, folder: Path) -> None:
        self._server, self._objects, self._folder = server, objects, folder
        self._passwords = folder / "pgpass"

    def here(self, text: str) -> str:
        """A block as it has to be here."""
        text = text.replace("db.example.com:5432", f"127.0.0.1:{self._server.port}")
        text = text.replace("db.example.com", f"127.0.0.1:{self._server.port}")
        return text.replace("our-clips", self._objects.bucket)

    def remember(self, person: str) -> None:
        """Write a person's password where the recipe says."""
        line = self.here(block("4.", "text", "ada")).replace("ada", person)
        self._passwords.write_text(line)
        self._passwords.chmod(0o600)

    def shell(self, script: str, *, may_fail: bool = False, **environment: str) -> str:
        """Run a block, except what would install something; what it prints."""
        lines = [line for line in self.here(script).splitlines() if "pip install" not in line]
        done = subprocess.run(
            ["sh", "-euc", "\n".join(lines)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self._folder,
            env={**self.basics, **environment},
        )
        assert may_fail or done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    @property
    def basics(self) -> dict[str, str]:
        """What every shell has."""
        programs = [Path(sys.executable).parent, self._server.programs]
        return {
            "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
            "HOME": str(self._folder),
            "PYTHONPATH": str(ROOT),
            "PGPASSFILE": str(self._passwords),
        }

    def environment(self, person: str) -> dict[str, str]:
        """What the exports of step 4 leave a person with."""
        exports = block("4.", "sh", "export").replace("ada@", f"{person}@")
        said = self.shell(f"{exports}\nenv")
        names = [line.split("=")[0].removeprefix("export ") for line in exports.splitlines()]
        found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        exported = {name: found[name] for name in names if name in found}
        return {**self.basics, **exported, **self._objects.environment}


def test_the_recipe_works_to_the_letter(
    database_server: PostgreSQL, object_server: ObjectStore, tmp_path: Path
) -> None:
    recipe = Recipe(database_server, object_server, tmp_path)
    object_server.clear()
    roles = block("1.", "sql")
    database_server.psql(roles)
    database_server.psql(roles.splitlines()[-1].replace("ada", "bea"))

    recipe.remember("ada")
    ada, bea = recipe.environment("ada"), recipe.environment("bea")
    check = block("4.", "sh", "library check")
    assert "has no tables" in recipe.shell(check, may_fail=True, **ada)
    migrate = block("3.", "sh")
    assert "was empty" in recipe.shell(migrate)
    assert "is up to date" in recipe.shell(migrate), "an upgrade runs it again"
    assert "has 0 runs" in recipe.shell(check, **ada)

    with FakeService(auto=0.01) as service:
        for person, environment in (("ada", ada), ("bea", bea)):
            folder = tmp_path / person
            folder.mkdir()
            recipe.remember(person)
            with Kernel(folder, {**environment, **service.environment}) as kernel:
                assert kernel.do(RUN) == 1
                assert kernel.do("len(ww.history())") == 1
        assert len(service.accepted) == 1, "the second person asked for the same"
    assert any("/clips/" in key for key in object_server.keys())  # noqa: SIM118 - no dict

    _back_up_and_restore(recipe, database_server)
    database_server.psql(block("When somebody leaves", "sql").replace("ada", "bea"))


def _back_up_and_restore(recipe: Recipe, server: PostgreSQL) -> None:
    owner = {"PGPASSWORD": "change-me-owner"}
    recipe.shell(block("Back up", "sh", "pg_dump"), **owner)
    server.psql("ALTER DATABASE wiro RENAME TO lost; CREATE DATABASE wiro OWNER wiro;")
    recipe.shell(block("Back up", "sh", "pg_restore"), **owner)
    recipe.remember("ada")
    assert "has 1 run." in recipe.shell(
        block("4.", "sh", "library check"), **recipe.environment("ada")
    )
