"""What the machine has that tests run on: free ports, PHP, and namespaces of their own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from functools import cache

import pytest

NAMESPACE = ["unshare", "--mount", "--net"]
LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh22x', b'lo', 0x41))"
"""A program that brings the loopback interface of a new namespace up."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@cache
def has_php_with_curl() -> bool:
    """Whether PHP can call the gateway."""
    program = ["php", "-r", "exit(extension_loaded('curl') ? 0 : 1);"]
    return shutil.which("php") is not None and subprocess.run(program, check=False).returncode == 0


@cache
def can_make_namespaces() -> bool:
    """Whether a name may lead to this machine in a place that nobody else sees."""
    if not sys.platform.startswith("linux") or shutil.which("nsenter") is None or shutil.which("unshare") is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


needs_php_with_curl = pytest.mark.skipif(
    not has_php_with_curl(), reason="needs PHP's command line with curl, such as Debian's php-cli and php-curl"
)
needs_namespaces = pytest.mark.skipif(
    not can_make_namespaces(), reason="needs Linux and root, to lead the name to this machine"
)
needs_gunicorn = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows")
