"""Starting an example as its reader does: as a program of its own, that knows the sandbox by its address only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOPS = {
    "flask-shop/shop.py": [sys.executable, "-m", "flask", "--app", "{file}", "run", "--port", "{port}"],
    "django-view/shop.py": [sys.executable, "{file}", "runserver", "--noreload", "{port}"],
    "php-shop/shop.php": ["php", "-S", "127.0.0.1:{port}", "{file}"],
}
"""The shops, and how each is started."""
_PAUSE = 0.02


def environment(**variables: str) -> dict[str, str]:
    """What a program is given beside its own variables: nothing of this process but where programs are."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **variables}


@contextmanager
def serving(command: list[str], port: int, folder: Path, variables: Mapping[str, str]) -> Iterator[Path]:
    """A program that listens on a port; gives the file of what it prints. It and its children are gone on leaving."""
    printed = folder / "printed.txt"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment(**variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            while not _listens(port):
                assert process.poll() is None, printed.read_text()
                threading.Event().wait(_PAUSE)
            yield printed
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def open_shop(
    name: str, sandbox_url: str, folder: Path, *, file: Path | None = None, **variables: str
) -> Iterator[tuple[str, Path]]:
    """One of the shops, or a copy of it in `file`; gives its address, and the file of what it prints."""
    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    command = [part.format(file=file or EXAMPLES / name, port=port) for part in SHOPS[name]]
    known = {"YABANDPAY_URL": sandbox_url, "SHOP_URL": shop, "PHP_CLI_SERVER_WORKERS": "4", **variables}
    with serving(command, port, folder, known) as printed:
        yield shop, printed


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
