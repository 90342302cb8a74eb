"""Wiring: one Flask app out of configuration, database and registry; apps can be swapped live."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect, generate_csrf
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy.exc import SQLAlchemyError

import zhidu
from zhidu.config import Config
from zhidu.db import Database
from zhidu.enabling import connect, enabled_names, revision
from zhidu.errors import ZhiduError
from zhidu.records.files import FileStore
from zhidu.registry import Registry, load_registry
from zhidu.texts import current_locale, gettext, ngettext, pgettext, use_locale
from zhidu.web import auth, context, errors, proxies, site
from zhidu.web.assets import Assets
from zhidu.web.dispatcher import Dispatcher
from zhidu.web.home import HomeView
from zhidu.web.shell import Entry

log = logging.getLogger("zhidu.app")

LOOK_SECONDS = 1.0
"""How often a process asks at most whether something was enabled elsewhere."""

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(slots=True)
class Parts:
    """What the views of one app share; at ``app.extensions["zhidu"]``."""

    config: Config
    db: Database
    registry: Registry
    assets: Assets
    files: FileStore
    menu: list[Entry] = field(default_factory=list)
    views: dict[str, Any] = field(default_factory=dict)
    """By endpoint."""
    row_templates: dict[Any, Any] = field(default_factory=dict)


def make_app(config: Config, db: Database) -> Flask:
    """Build the back office for the addons of ``db.registry``.

    :raises ConfigError: a setting, secret or theme is wrong.
    """
    registry = db.registry
    app = Flask("zhidu", static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
        TEMPLATES_AUTO_RELOAD=False,
    )
    folders = _static_folders(registry)
    assets = Assets(folders, config.home / "cache" / "static")
    app.static_folder = str(assets.folder)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=app.send_static_file)
    app.extensions["zhidu"] = Parts(config, db, registry, assets, FileStore(config.files))
    _templates(app, registry, assets)
    _requests(app)
    Babel(app, locale_selector=lambda: current_locale())
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    app.jinja_env.autoescape = True
    CSRFProtect(app)
    Compress(app)
    auth.install(app, config)
    app.register_blueprint(site.site)
    errors.install(app)
    _views(app, registry)
    served = proxies.behind(assets.serve(app.wsgi_app), config)
    app.wsgi_app = served  # type: ignore[assignment, method-assign]  # Flask's way
    return app


def _package_folder(package: str, name: str) -> Path | None:
    spec = find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / name
        if folder.is_dir():
            return folder
    return None


def _themes() -> list[str]:
    return sorted(entry.module for entry in entry_points(group="zhidu.themes"))


def _static_folders(registry: Registry) -> list[tuple[str, Path]]:
    """Theme first, then core, then addons under their own names."""
    found = [("", _package_folder(theme, "static")) for theme in _themes()]
    found.append(("", Path(zhidu.__path__[0]) / "web" / "static"))
    found += [(a.addon.name, a.path / "static") for a in registry.addons if not a.core]
    return [(prefix, folder) for prefix, folder in found if folder and folder.is_dir()]


def _templates(app: Flask, registry: Registry, assets: Assets) -> None:
    folders = [folder for theme in _themes() if (folder := _package_folder(theme, "templates"))]
    folders.append(Path(zhidu.__path__[0]) / "web" / "templates")
    folders += [a.path / "templates" for a in registry.addons if (a.path / "templates").is_dir()]
    app.jinja_loader = ChoiceLoader([FileSystemLoader([str(f) for f in folders])])
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=assets.url, csrf_token=generate_csrf)
    app.context_processor(lambda: {"html_lang": current_locale().replace("_", "-")})


def _requests(app: Flask) -> None:
    """Open and close what each request needs."""

    @app.before_request
    def begin() -> Any:
        g.locale_block = use_locale(site.choose_locale())
        g.locale_block.__enter__()
        endpoint = request.endpoint or ""
        if endpoint in site.PUBLIC or context.user() is not None:
            return None
        return errors.to_login()

    @app.after_request
    def finish(response: Any) -> Any:
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        response.headers["X-Request-Id"] = context.request_id()
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        context.close(error)
        block = g.pop("locale_block", None)
        if block is not None:
            block.__exit__(None, None, None)


def _views(app: Flask, registry: Registry) -> None:
    """Register every page that core and enabled addons offer."""
    admin = Admin(
        app,
        name="Zhidu",
        url="/office",
        index_view=HomeView(),
        theme=Bootstrap4Theme(base_template="zhidu/base.html"),
    )
    parts: Parts = app.extensions["zhidu"]
    for addon, declared in registry.views():
        view = declared.make()
        view.addon = addon
        view.title = view.title or declared.title
        view.shut_undeclared(registry.permissions)
        admin.add_view(view)
        parts.views[view.endpoint] = view
        if not declared.system:
            parts.menu.append(Entry(declared, view))


def make_wsgi(config: Config, db: Database | None = None) -> Dispatcher:
    """Make what a WSGI server calls."""
    return Dispatcher(make_app(config, db or connect(config)).wsgi_app)


class Following:
    """Keeps the app of a process in step with what other processes enable and disable.

    Another version of an addon needs another process: its modules are loaded already.
    """

    def __init__(self, config: Config, db: Database, front: Dispatcher) -> None:
        self._config, self._db, self._front = config, db, front
        self._enabled = frozenset(db.registry.names) - {"core"}
        self._revision = -1
        """Unknown: the first look compares the names, whatever was enabled since they were read."""
        self._looked = -LOOK_SECONDS
        self._lock = threading.Lock()

    def look(self) -> None:
        """Swap the app if another one is due; the others of a threaded server go on meanwhile."""
        if time.monotonic() - self._looked < LOOK_SECONDS or not self._lock.acquire(blocking=False):
            return
        try:
            self._follow()
        except (SQLAlchemyError, ZhiduError):
            log.exception("the app stays as it is: what is enabled cannot be read or loaded")
        finally:
            self._looked = time.monotonic()
            self._lock.release()

    def _follow(self) -> None:
        now = revision(self._db)
        if now == self._revision:
            return
        enabled = enabled_names(self._db)
        if enabled != self._enabled:
            log.info("enabled are now: %s", ", ".join(sorted(enabled)))
            self._db = self._db.with_registry(load_registry(self._config, enabled))
            self._front.swap(make_app(self._config, self._db).wsgi_app)
        self._enabled, self._revision = enabled, now


def wsgi(config: Config | None = None) -> Dispatcher:
    """Make what gunicorn calls: ``gunicorn 'zhidu.app:wsgi()'``; it follows other processes.

    :param config: default: the environment's.
    """
    config = config or Config.load()
    db = connect(config)
    front = make_wsgi(config, db)
    front.follow = Following(config, db, front).look
    return front
