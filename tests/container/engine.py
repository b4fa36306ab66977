"""podman with a storage and settings of its own, and a stand-in for the base image of the Dockerfiles.

No registry of images is needed: in place of python:3.13-slim stands an almost empty image, into which this machine's own
programs, libraries and Python are mounted, read-only. pip is set up in there by the variables that begin with PIP_.

These cannot be tried this way: the real base image, Python 3.13 where the tests run on another, `apt-get install` (a command
that does nothing stands in its place), the byte code of Python's own library, and ports published to the host.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BASE = "docker.io/library/python:3.13-slim"
_PREFIX = Path(sys.base_prefix)
_MACHINE = ("/bin", "/lib", "/lib64", "/usr/bin", "/usr/lib", "/usr/lib64", str(_PREFIX))
_CONTAINERFILE = f"""
FROM scratch
ENV PATH=/usr/local/bin:/usr/bin:/bin {{variables}}
RUN mkdir -p -m 1777 /tmp && {_PREFIX}/bin/python3 -m venv /usr/local && ln -s /usr/bin/true /usr/local/bin/apt-get
"""
# As on a machine without systemd, and with limits that a container may set without being allowed more than others.
_SETTINGS = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
volumes = {volumes}
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "{place}/tmp"
"""
_STORAGE = """
[storage]
driver = "overlay"
graphroot = "{place}/storage"
runroot = "{place}/run"
"""


def hindrance() -> str:
    """Why no image can be built and started here; empty if it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux, to build and start images"
    if missing := [tool for tool in ("podman", "runc", "strip") if shutil.which(tool) is None]:
        return f"needs {', '.join(missing)}, of Debian's podman, runc and binutils"
    if _PREFIX.is_relative_to("/usr"):
        return "needs a Python outside /usr, as pyenv and uv install it, which can be mounted into an image"
    return ""


class EngineUnusableError(Exception):
    """podman is there, but this machine does not let it build an image of nothing but its own programs."""


class Podman:
    """The command, with images and containers that nobody else sees and that are gone when it is left."""

    def __init__(self) -> None:
        self._started: list[str] = []
        # Not one of pytest's folders: later runs empty those, which fails where a killed run has left mounts.
        self._place = Path(tempfile.mkdtemp(prefix="images-"))
        own = {"CONTAINERS_CONF": "containers.conf", "CONTAINERS_STORAGE_CONF": "storage.conf"}
        self._environment = {**os.environ, **{name: str(self._place / file) for name, file in own.items()}}
        pip = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_CERT_"))}
        named = [value for value in pip.values() if value.startswith("/")]
        shown = sorted({place for place in (*_MACHINE, *named) if Path(place).exists()})
        volumes = [f"{place}:{place}:ro" for place in shown]
        self._write("containers.conf", _SETTINGS, volumes=json.dumps(volumes))
        self._write("storage.conf", _STORAGE)
        variables = " ".join(f"{name}={json.dumps(value)}" for name, value in pip.items())
        self._write("Containerfile", _CONTAINERFILE, variables=variables)

    def __enter__(self) -> Podman:
        try:
            self.build(self._place, BASE)
        except AssertionError as error:
            self.__exit__()
            raise EngineUnusableError(str(error)) from error
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(self._started):  # each may use the network of one before it
            self("rm", "--force", "--ignore", "--time=0", name)
        self("image", "unmount", "--all")
        # The storage may be mounted onto itself, and that stays.
        subprocess.run(["umount", self._place / "storage/overlay"], capture_output=True, check=False)
        shutil.rmtree(self._place)

    def _write(self, name: str, text: str, **values: object) -> None:
        (self._place / name).write_text(text.format(place=self._place, **values))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it, whatever comes of it."""
        return subprocess.run(
            ["podman", *arguments], env=self._environment, capture_output=True, text=True, check=False
        )

    def __call__(self, *arguments: str) -> str:
        """What it prints when it succeeds."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"podman {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def build(self, folder: Path, name: str, **arguments: str) -> None:
        """Build the Dockerfile of a folder. Only images in Docker's own format have a health check."""
        how = ["--format=docker", "--layers=false", "--pull=never", "--network=host"]
        given = [f"--build-arg={argument}={value}" for argument, value in arguments.items()]
        self("build", *how, *given, f"--tag={name}", str(folder))

    def inspect(self, name: str) -> dict[str, Any]:
        """All that there is to know of an image or a container."""
        found: list[dict[str, Any]] = json.loads(self("inspect", name))
        return found[0]

    def start(self, name: str, *arguments: str) -> None:
        """Start a container, and wait until its health check passes."""
        self._started.append(name)
        self("run", "--detach", f"--name={name}", *arguments)
        while self.run("healthcheck", "run", name).returncode:
            assert self.inspect(name)["State"]["Running"], self.run("logs", name)

    def stop(self, name: str) -> int:
        """Have SIGTERM sent to process 1 of a container; gives its exit status, which is 137 if it had to be killed."""
        self("stop", "--time=30", name)
        return int(self("wait", name))
