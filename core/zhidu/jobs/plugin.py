"""What the job table offers to the installation: the check that finds dead and stuck jobs."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.health import HealthCheck
from zhidu.hookspecs import hookimpl
from zhidu.jobs import health
from zhidu.texts import lazy_gettext as _l


@hookimpl
def provide_health_checks() -> Iterable[HealthCheck]:
    """Offer the check of the job table."""
    return [HealthCheck("jobs", _l("Background jobs"), health.check)]
