"""What can be seen of an addon without running it: tables, declarations, imports, templates.

Each function gives its faults as lines that name the place; an empty list is what one wants.
``AddonConformance`` calls them all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateSyntaxError
from sqlalchemy import ForeignKeyConstraint, Table, inspect

import zhidu
from zhidu.audit.changes import shape_of
from zhidu.audit.labels import is_technical, kind_label, stated_label
from zhidu.db.base import Base, CompanyFiltered, metadata
from zhidu.errors import ValidationError
from zhidu.policy import stated
from zhidu.registry import LoadedAddon, Registry
from zhidu.web.pages.audit_values import choices_of, enum_word

EDGE = ("views", "forms", "tasks", "cli", "reports", "addon")
"""Modules of an addon that may know the web."""
OPEN = ("models", "services", "rules", "errors")
"""Modules of an addon that another one may import, besides its root."""
WEB = ("flask", "flask_admin", "flask_babel", "flask_login", "flask_security", "flask_wtf")
WEB_TOO = ("werkzeug", "wtforms")
CHECKS = ("require", "can", "may", "door", "masked")
"""Calls whose texts are permissions."""


# -- tables


def models(loaded: LoadedAddon) -> list[type[Any]]:
    """Give the addon's mapped classes."""
    inside = f"{loaded.package}."
    return sorted(
        (m.class_ for m in Base.registry.mappers if m.class_.__module__.startswith(inside)),
        key=lambda model: model.__name__,
    )


def tables(loaded: LoadedAddon) -> list[Table]:
    """Give the addon's tables."""
    return [t for t in metadata.sorted_tables if t.info.get("addon") == loaded.name]


def table_faults(loaded: LoadedAddon) -> Iterator[str]:
    """A table is named after its addon, is marked as its own, and has a model of the addon."""
    mapped = {model.__table__ for model in models(loaded)}
    for table in {*mapped, *tables(loaded)}:
        if not table.name.startswith(f"{loaded.name}_"):
            yield f"{table.name}: its name does not begin with {loaded.name}_"
        if table.info.get("addon") != loaded.name:
            yield f"{table.name}: its model does not derive from the addon's own Base"
        if table not in mapped:
            yield f"{table.name}: no model of {loaded.package} maps it"


def label_faults(loaded: LoadedAddon) -> Iterator[str]:
    """Whatever the audit trail shows of a row has a word: its kind, its columns, their choices."""
    for model in models(loaded):
        kind, columns = model.__kind__, inspect(model).column_attrs
        yield from (
            f"{kind}: __labels__ names “{name}”, which the model does not have"
            for name in model.__labels__
            if not hasattr(model, name)
        )
        if not model.__audited__:
            continue
        if kind_label(kind) is None:
            yield f"{kind}: the model has no __title__"
        for name in shape_of(inspect(model)).secret:
            if not is_technical(kind, name) and stated_label(model, name) is None:
                yield f"{kind}: __labels__ lacks “{name}”"
            for choice in choices_of(kind, name, columns[name].columns[0]) or ():
                if enum_word(choice) is None:
                    yield f"{kind}.{name}: {type(choice).__name__}.{choice.name} has no label"


def company_faults(loaded: LoadedAddon, shared: Iterable[str]) -> Iterator[str]:
    """A model belongs to a company, or is named in ``shared`` with a reason."""
    named = set(shared)
    for model in models(loaded):
        owned = issubclass(model, CompanyFiltered)
        if not owned and model.__name__ not in named:
            yield f"{model.__name__}: its rows belong to no company (CompanyOwned)"
        if owned and model.__name__ in named:
            yield f"{model.__name__}: is called shared, but belongs to a company"
    for name in named - {model.__name__ for model in models(loaded)}:
        yield f"{name}: is called shared, but there is no such model"


def key_faults(loaded: LoadedAddon) -> Iterator[str]:
    """A foreign key between company-owned tables carries the company, so the database holds it."""
    reachable = {"core", loaded.name, *loaded.addon.needed_names}
    for table in tables(loaded):
        keys = table.foreign_key_constraints
        for key in keys:
            place, target = f"{table.name}({', '.join(key.column_keys)})", key.referred_table
            owner = target.info.get("addon")
            if owner not in reachable:
                yield f"{place}: points at {target.name} of {owner}, which is not in requires"
            if owner != loaded.name and key.ondelete not in (None, "RESTRICT", "NO ACTION"):
                yield f"{place}: ON DELETE {key.ondelete} over another addon's rows"
            if "company_id" in table.c and "company_id" in target.c and not _carries(key):
                yield f"{place}: points at {target.name} without company_id (same_company)"
        if "company_id" in table.c and not any("company_id" in key.column_keys for key in keys):
            yield f"{table.name}: no foreign key holds its company_id (owned_by_company)"


def _carries(key: ForeignKeyConstraint) -> bool:
    return any(
        one.parent.name == "company_id" and one.column.name == "company_id" for one in key.elements
    )


# -- declarations


def own(loaded: LoadedAddon, registry: Registry, mapping: str) -> dict[str, Any]:
    """Give what the addon declares in one of the registry's mappings."""
    items: Mapping[str, Any] = getattr(registry, mapping)
    return {key: item for key, item in items.items() if registry.owner(key) == loaded.name}


def permission_faults(
    loaded: LoadedAddon, registry: Registry, doors: Iterable[str]
) -> Iterator[str]:
    """A permission that is checked is declared, and one that is declared is checked.

    :param doors: the permissions that the addon's pages need.
    """
    declared = set(own(loaded, registry, "permissions"))
    exact, verbs = _checked(loaded)
    exact |= {text for text in doors if text}
    for resource in own(loaded, registry, "resources").values():
        exact |= set(resource.guarded.values())
        if not resource.open_to_members:
            exact.add(f"{resource.kind}.read")  # by scope.visible
        else:
            declared.discard(f"{resource.kind}.read")
    for kind in own(loaded, registry, "kinds").values():
        exact.add(f"{kind.name}.create")  # by records.create
        exact |= {step.permission for step in kind.execution.transitions}
    for text in sorted(exact - set(registry.permissions) - {"member", "system"}):
        yield f"{text}: is checked, but no addon declares it"
    for name in sorted(declared - exact):
        if not any(fnmatch(name, f"*{verb}") for verb in verbs):
            yield f"{name}: is declared, but nothing checks it"
    for role in own(loaded, registry, "roles").values():
        for text in sorted(set(role.grants) - set(registry.permissions)):
            yield f"role {role.code}: grants {text}, which no addon declares"


def _checked(loaded: LoadedAddon) -> tuple[set[str], set[str]]:
    """Give the texts that reach a check, and verbs such as ``.edit`` that stand for a kind's."""
    exact: set[str] = set()
    verbs: set[str] = set()
    for path in sources(loaded):
        tree = parsed(path)
        named = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name not in CHECKS:
                continue
            for part in (*call.args, *(word.value for word in call.keywords)):
                text = part.value if isinstance(part, ast.Constant) else None
                if isinstance(part, ast.Name):
                    text = named.get(part.id)
                if isinstance(part, ast.JoinedStr) and isinstance(part.values[-1], ast.Constant):
                    text = f".{str(part.values[-1].value).rpartition('.')[2]}"
                if isinstance(text, str) and text.startswith("."):
                    verbs.add(text)
                elif isinstance(text, str) and text.startswith(f"{loaded.name}."):
                    exact.add(text)
    return exact, verbs


def execution_faults(loaded: LoadedAddon, registry: Registry) -> Iterator[str]:
    """Every execution state is reached from the first one; every transition asks for a right."""
    for kind in own(loaded, registry, "kinds").values():
        axis = kind.execution
        reached, todo = {axis.initial}, [axis.initial]
        while todo:
            for step in axis.from_state(todo.pop()):
                if step.target not in reached:
                    reached.add(step.target)
                    todo.append(step.target)
        for state in sorted(set(axis.states) - reached):
            yield f"{kind.name}: nothing leads to the state “{state}”"
        if axis.transitions and axis.initial not in axis.states:
            yield f"{kind.name}: the first state “{axis.initial}” has no title"
        for step in axis.transitions:
            place = f"{kind.name}.{step.name}"
            for state in sorted({*step.sources, step.target} - set(axis.states)):
                yield f"{place}: names the state “{state}”, which is not declared"
            if step.permission not in registry.permissions:
                yield f"{place}: its permission “{step.permission}” is not declared"
            if not str(step.title):
                yield f"{place}: has no title, so its button would be empty"


def resource_faults(loaded: LoadedAddon, registry: Registry) -> Iterator[str]:
    """A resource names a model of its addon, and columns and guarded fields that it has."""
    mine = models(loaded)
    for resource in own(loaded, registry, "resources").values():
        if resource.model not in mine:
            yield f"{resource.kind}: {resource.model.__name__} is no model of this addon"
        known = set(inspect(resource.model).attrs.keys())
        for field in (resource.owner, resource.department, *resource.guarded):
            if field and field not in known:
                yield f"{resource.kind}: {resource.model.__name__} has no “{field}”"
    for kind in own(loaded, registry, "kinds").values():
        if kind.name not in registry.resources or not registry.resources[kind.name].is_record:
            yield f"{kind.name}: no Resource(…, is_record=True) says who may read it"
        if "header" not in inspect(kind.model).relationships:
            yield f"{kind.name}: {kind.model.__name__} has no relationship “header” to its record"


def setting_faults(loaded: LoadedAddon, registry: Registry) -> Iterator[str]:
    """A setting's default passes its own check, and has a title."""
    for key, setting in own(loaded, registry, "settings").items():
        try:
            stated.checked(setting, setting.default)
        except ValidationError as error:
            yield f"{key}: its default is refused: {error}"
        if not str(setting.title):
            yield f"{key}: has no title"


# -- sources


def sources(loaded: LoadedAddon) -> list[Path]:
    """Give the addon's Python files, migrations left out."""
    return sorted(
        path for path in loaded.path.rglob("*.py") if path.parent.name not in {"versions", "tests"}
    )


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text("utf-8"), str(path))


def import_faults(loaded: LoadedAddon, packages: Mapping[str, str]) -> Iterator[str]:
    """What is imported of another addon is in ``requires`` and open; the web is for the edge.

    :param packages: addon by top package, of all that are installed.
    """
    for path in sources(loaded):
        short = path.relative_to(loaded.path)
        edge = short.parts[0].removesuffix(".py") in EDGE
        for line, module, names in _imports(parsed(path)):
            place = f"{short}:{line}"
            top, _, rest = module.partition(".")
            other = packages.get(top, loaded.name)
            if other != loaded.name:
                if other not in loaded.addon.needed_names:
                    yield f"{place}: imports {module} of {other}, which is not in requires"
                elif rest and rest.partition(".")[0] not in OPEN:
                    yield f"{place}: imports {module}; open are only its root, {', '.join(OPEN)}"
            web = top in (*WEB, *WEB_TOO) or module.startswith("zhidu.web")
            web = web or (module == "zhidu" and not set(names).isdisjoint(_web_names()))
            if web and not edge:
                yield f"{place}: imports the web ({module}); only {', '.join(EDGE)} may"


def _imports(tree: ast.Module) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module, tuple(alias.name for alias in node.names)


@cache
def _web_names() -> frozenset[str]:
    """Name the public names that come from the web."""
    places = {**zhidu._MODULES, **{name: place for name, (place, _) in zhidu._FOUND.items()}}
    return frozenset(name for name, place in places.items() if place.startswith("zhidu.web."))


def template_faults(loaded: LoadedAddon, environment: Environment) -> Iterator[str]:
    """A template lies under the package's name, and compiles with the app's own filters."""
    folder = loaded.path / "templates"
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(f"{loaded.package}/"):
            yield f"{name}: lies outside templates/{loaded.package}/, so it may hide another one"
        try:
            environment.compile(path.read_text("utf-8"), name)
        except TemplateSyntaxError as error:
            yield f"{name}:{error.lineno}: {error.message}"
