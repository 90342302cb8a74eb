"""What stands between browser and server: whose forwarding headers count, and when cookies are safe.

Zhidu speaks plain HTTP; TLS ends at a proxy in front. What a proxy says of the browser (its address,
its scheme) is believed only from as many proxies as the installation names: anybody can send such
headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from zhidu.config import Config

WSGIApp = Callable[[dict[str, Any], Any], Iterable[bytes]]
Headers = list[tuple[str, str]]


def behind(app: WSGIApp, config: Config) -> WSGIApp:
    """Put an app behind the proxies that the configuration trusts.

    Of their headers only ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are read; the name of the
    server is the ``Host`` that the last proxy passes on.
    """
    app = SecureCookies(app, always=config.secure_cookies)
    if config.trusted_proxies:
        count = config.trusted_proxies
        app = ProxyFix(app, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0)
    return app


class SecureCookies:
    """Mark every cookie ``Secure`` that goes out over HTTPS, whoever sets it.

    :param always: also where the request seems to be plain HTTP: the proxy does not say.
    """

    def __init__(self, app: WSGIApp, *, always: bool) -> None:
        self._app = app
        self._always = always

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        if not self._always and environ.get("wsgi.url_scheme") != "https":
            return self._app(environ, start_response)

        def start(status: str, headers: Headers, *error: Any) -> Any:
            return start_response(status, [_secured(*one) for one in headers], *error)

        return self._app(environ, start)


def _secured(name: str, value: str) -> tuple[str, str]:
    if name.lower() != "set-cookie":
        return name, value
    flags = {part.strip().lower() for part in value.split(";")[1:]}
    return name, value if "secure" in flags else f"{value}; Secure"
