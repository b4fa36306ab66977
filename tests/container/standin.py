"""A stand-in for the base image python:3.13-slim, made of this machine's own Python, for want of a registry.

It has what the Dockerfiles of this project use of the real one: Python below /usr/local with pip and without byte code,
a shell and a few tools, and the libraries that these need. Its Python is the one that runs the tests, of any version.
"""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pip

NAME = "docker.io/library/python:3.13-slim"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

_TOOLS = ("sh", "cat", "chown", "env", "find", "ls", "mkdir", "rm", "strip")
_FOLDERS = ("dev", "etc", "proc", "root", "run", "sys", "tmp", "usr/bin", "usr/local/bin", "var/tmp")
_LEFT_OUT = ("__pycache__", "config-*", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter",
             "turtledemo", "*.a", "_tkinter*")  # fmt: skip
_OF_THE_C_LIBRARY = ("libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libnss_dns.so.2", "libnss_files.so.2",
                     "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libstdc++.so.6", "libutil.so.1")  # fmt: skip


def hindrance() -> str:
    """Why there can be no stand-in here; empty if there can."""
    missing = [tool for tool in (*_TOOLS, "ldd", "ldconfig") if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}, such as of Debian's coreutils and binutils"
    if sysconfig.get_default_scheme() not in {"posix_prefix", "venv"}:
        return "needs a Python that installs as python.org's does, not one changed by a distribution"
    return ""


def fill(root: Path, config: PipConfig) -> None:
    """Make the stand-in in an empty folder, with pip set up as it is here."""
    for name in ("bin", "lib", "lib64", "sbin"):
        of_the_machine = Path("/", name)
        if of_the_machine.is_symlink():
            target = of_the_machine.readlink().as_posix().lstrip("/")
            (root / target).mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(target)
    for name in _FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/hosts").touch()
    (root / "etc/group").write_text("root:x:0:\n")
    for name in _TOOLS:
        shutil.copy(shutil.which(name) or name, root / "usr/bin" / name)
    # What a Dockerfile installs with it is there already, since the tools above include it.
    _write_program(root / "usr/bin/apt-get", "#!/bin/sh\n")
    _copy_python(root)
    _copy_libraries(root)
    config.write(root)


def _copy_python(root: Path) -> None:
    origin = Path(sys.base_prefix)
    library = root / "usr/local/lib" / PYTHON
    shutil.copytree(origin / "lib" / PYTHON, library, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    shutil.copytree(Path(pip.__file__).parent, library / "site-packages/pip")
    programs = root / "usr/local/bin"
    shutil.copy(Path(sys.executable).resolve(), programs / PYTHON)
    for name in ("python", "python3"):
        (programs / name).symlink_to(PYTHON)
    _write_program(programs / "pip", '#!/bin/sh\nexec python -m pip "$@"\n')


def _copy_libraries(root: Path) -> None:
    """Copy what the programs and Python's extension modules are linked with, to where the loader finds it."""
    origin = Path(sys.base_prefix)
    linked = [
        *(root / "usr/bin").iterdir(),
        root / "usr/local/bin" / PYTHON,
        *root.glob("usr/local/lib/*/lib-dynload/*"),
    ]
    told = subprocess.run(["ldd", *linked], capture_output=True, text=True, check=False).stdout
    found = {Path(name) for name in re.findall(r"(/\S+) \(0x", told)}
    c_library = next(file for file in found if file.name.startswith("libc.so"))
    found.update(file for file in map(c_library.with_name, _OF_THE_C_LIBRARY) if file.exists())
    for file in found:
        is_python = file.is_relative_to(origin) and origin != Path("/usr")
        copy = root / "usr/local" / file.relative_to(origin) if is_python else root / file.relative_to("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    (root / "etc/ld.so.conf").write_text("/usr/local/lib\n")
    subprocess.run(["ldconfig", "-r", root], check=True)


def _write_program(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)


class PipConfig:
    """How pip reaches packages here, to have it reach them the same way inside a build."""

    def __init__(self) -> None:
        listed = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
        )
        self._sections: dict[str, dict[str, str]] = {"global": {}}
        for line in sorted(
            listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")
        ):  # the environment wins
            key, _, value = line.partition("=")
            section, _, name = key.rpartition(".")
            self._sections.setdefault(section.replace(":env:", "global"), {})[name] = str(ast.literal_eval(value))
        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
        if trusted:
            self._sections["global"].setdefault("cert", trusted)
        self._named = [
            place for options in self._sections.values() for value in options.values() for place in _places(value)
        ]

    @property
    def folders(self) -> set[Path]:
        """The folders that it names, which a build has to see."""
        return {place for place in self._named if place.is_dir()}

    def write(self, root: Path) -> None:
        """Write it below a root, with the files that it names, and a place for each folder."""
        written = configparser.RawConfigParser()
        written.read_dict(self._sections)
        with (root / "etc/pip.conf").open("w") as file:
            written.write(file)
        for place in self._named:
            copy = root / place.relative_to("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            if place.is_dir():
                copy.mkdir(exist_ok=True)
            else:
                shutil.copy(place, copy)


def _places(value: str) -> list[Path]:
    """The files and folders of this machine that a value names. An index's pages lead to files beside the index."""
    found = []
    for word in value.split():
        place = Path(unquote(urlsplit(word).path))
        if word.startswith("file:") and place.parent != Path("/"):
            found.append(place.parent)
        elif word.startswith(("/", "file:")):
            found.append(place)
    return [place for place in found if place.exists()]
