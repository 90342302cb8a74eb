"""The free suite of every addon: one line, ``addon = "hr"``, and its structure is proven.

    class TestHr(AddonConformance):
        addon = "hr"

An addon in a folder is named by ``ZHIDU_ADDON_FOLDERS``, as in an installation. What cannot be
seen by reading is tried at work: two people in a company with demo rows, the able and the unable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import pytest
from sqlalchemy import inspect

from zhidu.config import Config
from zhidu.db import Database
from zhidu.db.guard import core_allowed
from zhidu.discovery import discover
from zhidu.migrations.autogen import drift
from zhidu.migrations.runner import downgrade, status, upgrade
from zhidu.migrations.scope import scripts
from zhidu.testing import structure
from zhidu.testing.catalogues import part_at, problems
from zhidu.testing.databases import environ, registry_of, with_required
from zhidu.testing.plugin import run_of
from zhidu.testing.postgresql import PostgreSQL, postgresql

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.registry import LoadedAddon, Registry
    from zhidu.testing.stage import Stage


class AddonConformance:
    """Derive a test class and name the addon.

    What may be stated besides: ``shared``, the models whose rows belong to no company by nature
    (tables of law); ``from_a_row``; ``most_statements``; ``fill``, which adds rows to the stage.
    """

    addon: ClassVar[str]
    shared: ClassVar[tuple[str, ...]] = ()
    from_a_row: ClassVar[tuple[str, ...]] = ()
    """Pages that another page opens with the row it is about, as ``endpoint.method``."""
    most_statements: ClassVar[int] = 20
    """What a list page may send, log-in and menu included; it must not grow with the rows."""

    @classmethod
    def fill(cls, session: Session) -> None:
        """Add rows that the demo lacks, as the company's system actor."""

    # --- fixtures

    @pytest.fixture(scope="class")
    @classmethod
    def home(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Give the folder of this class's installation."""
        return tmp_path_factory.mktemp("conformance")

    @pytest.fixture(scope="class")
    @classmethod
    def config(cls, home: Path) -> Config:
        """Configure the installation."""
        return Config.load(environ(home))

    @pytest.fixture(scope="class")
    @classmethod
    def registry(cls, config: Config) -> Registry:
        """Load the addon with what it requires."""
        return registry_of(config, with_required(config, [cls.addon]))

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls, registry: Registry) -> LoadedAddon:
        """Give the addon."""
        return registry.addon(cls.addon)

    @pytest.fixture(scope="class")
    @classmethod
    def stage(
        cls, request: pytest.FixtureRequest, registry: Registry, home: Path
    ) -> Iterator[Stage]:
        """Let the addon work in a company."""
        from zhidu.testing.stage import stage

        run = run_of(request.config)
        with stage(run, registry, cls.addon, home, cls.fill, cls.from_a_row) as opened:
            yield opened

    # --- by reading

    def test_tables_are_its_own(self, loaded: LoadedAddon) -> None:
        """Names, owner and model of each table are the addon's."""
        none(structure.table_faults(loaded))

    def test_the_trail_shows_words(self, loaded: LoadedAddon) -> None:
        """Every model has a title, every column and every choice a label."""
        none(structure.label_faults(loaded))

    def test_rows_belong_to_a_company(self, loaded: LoadedAddon) -> None:
        """Every model is company-owned, or shared with a reason."""
        none(structure.company_faults(loaded, self.shared))

    def test_keys_stay_within_the_company(self, loaded: LoadedAddon) -> None:
        """The database itself refuses another company's row."""
        none(structure.key_faults(loaded))

    def test_resources_and_kinds_fit_their_models(
        self, loaded: LoadedAddon, registry: Registry
    ) -> None:
        """What people reach is declared with fields that exist."""
        none(structure.resource_faults(loaded, registry))

    def test_states_are_reachable_and_transitions_guarded(
        self, loaded: LoadedAddon, registry: Registry
    ) -> None:
        """No dead state, no transition without a right."""
        none(structure.execution_faults(loaded, registry))

    def test_settings_have_a_lawful_default(self, loaded: LoadedAddon, registry: Registry) -> None:
        """What holds where nobody says anything is allowed."""
        none(structure.setting_faults(loaded, registry))

    def test_requires_covers_every_import(self, loaded: LoadedAddon, config: Config) -> None:
        """Other addons and the web are imported only where that is allowed."""
        found = discover(config.addon_folders).installed.values()
        none(structure.import_faults(loaded, {one.package: one.addon.name for one in found}))

    def test_catalogues_are_complete(self, loaded: LoadedAddon) -> None:
        """Every text is there in every language."""
        none(problems(part_at(loaded.path)))

    # --- migrations, on both databases

    def test_migrations_go_up_down_and_up_again(
        self, request: pytest.FixtureRequest, database_kind: str, registry: Registry, tmp_path: Path
    ) -> None:
        """The tables are the models'; going back leaves nothing of the addon, and all else."""
        with empty_database(request.config, database_kind, registry, tmp_path) as db:
            upgrade(db, registry)
            none(line for line in drift(db, registry) if line.startswith(f"{self.addon}:"))
            before = table_names(db)
            downgrade(db, registry, self.addon)
            left = table_names(db)
            none(f"{name} is left" for name in left if name.startswith(f"{self.addon}_"))
            gone = {name for name in before - left if not name.startswith(f"{self.addon}_")}
            none(f"{name} of another owner is gone" for name in gone)
            upgrade(db, registry)
            none(f"{name} did not come back" for name in before - table_names(db))
            none(line for line in drift(db, registry) if line.startswith(f"{self.addon}:"))
            none(f"{one.addon} lags" for one in status(db, registry) if not one.up_to_date)

    def test_migrations_are_named_after_it(self, loaded: LoadedAddon) -> None:
        """Ids of two addons never meet."""
        ids = [one.revision for one in scripts(loaded).walk_revisions()]
        none(f"{name}: begins with another name" for name in ids if not self._named(name))

    def _named(self, revision: str) -> bool:
        return revision.startswith(f"{self.addon}_")

    # --- at work

    def test_every_page_names_its_permission(self, stage: Stage, registry: Registry) -> None:
        """An exposed method without a declared permission is open to nobody."""
        from zhidu.web.base_view import MEMBER, SYSTEM

        known = {MEMBER, SYSTEM, *registry.permissions}
        none(f"{name} needs “{needs}”" for name, needs in stage.needs() if needs not in known)

    def test_permissions_are_declared_and_used(
        self, loaded: LoadedAddon, registry: Registry, stage: Stage
    ) -> None:
        """What is checked is declared, and what is declared is checked."""
        doors = {needs for _name, needs in stage.needs()}
        none(structure.permission_faults(loaded, registry, doors))

    def test_templates_compile(self, loaded: LoadedAddon, stage: Stage) -> None:
        """No template is broken or hides another one."""
        none(structure.template_faults(loaded, stage.app.jinja_env))

    def test_pages_open_for_those_who_may(self, stage: Stage) -> None:
        """Lists, forms and look-ups answer, in every language."""
        from zhidu.testing.stage import ABLE
        from zhidu.texts import LOCALES

        visitor = stage.visitor(ABLE)
        faults = []
        for locale in LOCALES:
            visitor.post("/language", {"lang": locale})
            for door in stage.doors():
                code = visitor.get(door.path).status_code
                if code not in ((200, 302, 303) if stage.may(door) else (403,)):
                    faults.append(f"{door} answers {code} in {locale}")
        none(faults)

    def test_pages_stay_shut_for_others(self, stage: Stage) -> None:
        """Somebody without a role is refused at every door that needs one."""
        from zhidu.testing.stage import UNABLE
        from zhidu.web.base_view import MEMBER

        visitor = stage.visitor(UNABLE)
        faults = []
        for door in stage.doors():
            if door.needs != MEMBER:
                code = visitor.get(door.path).status_code
                if code != 403:
                    faults.append(f"{door} answers {code}")
        none(faults)

    def test_lists_stay_within_their_budget(self, stage: Stage) -> None:
        """A list sends few statements, whatever it holds."""
        from zhidu.testing.stage import ABLE

        visitor = stage.visitor(ABLE)
        faults = []
        for door in filter(stage.may, stage.lists()):
            sent = stage.statements(visitor, door)
            if sent.count > self.most_statements:
                faults.append(f"{door}: {sent}")
        none(faults)

    def test_switching_off_and_on_keeps_every_row(self, stage: Stage) -> None:
        """Off, its pages are gone; on again, they are back, and no row is lost."""
        from zhidu.testing.stage import ABLE

        visitor, before = stage.visitor(ABLE), stage.rows()
        stage.switch(on=False)
        try:
            open_ = [door for door in stage.doors() if visitor.get(door.path).status_code != 404]
            none(f"{door} answers while the addon is off" for door in open_)
            none(
                f"{name} lost rows" for name, count in stage.rows().items() if count < before[name]
            )
        finally:
            stage.switch(on=True)
        none(f"{name} lost rows" for name, count in stage.rows().items() if count < before[name])
        shut = [door for door in stage.doors() if visitor.get(door.path).status_code == 404]
        none(f"{door} did not come back" for door in shut)


def none(faults: Iterable[str]) -> None:
    """Fail with all faults, one line each; pass where there is none."""
    found = list(faults)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def table_names(db: Database) -> set[str]:
    """Name the tables of a database, without those that count migrations."""
    with core_allowed(), db.engine.connect() as connection:
        names = inspect(connection).get_table_names()
    return {name for name in names if not name.startswith("alembic_version")}


@contextmanager
def empty_database(
    config: pytest.Config, kind: str, registry: Registry, folder: Path
) -> Iterator[Database]:
    """Open a database without a table, as its owner; skip where there is no server."""
    with _address(config, kind, folder) as url, closing(Database(url, registry)) as db:
        yield db


@contextmanager
def _address(config: pytest.Config, kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}"
        return
    server: Any = postgresql(run_of(config))
    if not isinstance(server, PostgreSQL):
        pytest.skip(str(server))
    name = f"{server.prefix}{uuid4().hex}"
    server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server.owner(name)
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
