"""Building images with buildah in a storage of its own, and starting them as a container engine does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.container import standin
from tests.machine import LOOPBACK_UP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PATIENCE = 300
_PAUSE = 0.05
_PATIENCE_WHEN_STOPPED = 30

# The root is read-only, as with `docker run --read-only --tmpfs /tmp`, and the command is process 1 of its own.
# Arguments: the root, the user, the mounts (SOURCE:TARGET lines, tmpfs as the source of empty ones), `env`'s arguments.
_ENTER = """
set -e
root=$1 user=$2 mounts=$3
shift 3
echo "$mounts" | while IFS=: read -r source target options; do
    if [ ! -e "$root$target" ]; then mkdir -p "$root$target"; fi
done
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /dev dev
echo "$mounts" | while IFS=: read -r source target options; do
    if [ "$source" = tmpfs ]; then
        mount -t tmpfs -o "${options:-mode=$(stat -c %a ".$target")}" tmpfs ".$target"
    else
        mount --bind "$source" ".$target"
        mount -o "remount,bind,${options:-rw}" ".$target"
    fi
done
exec chroot --userspec="$user" . env --ignore-environment "$@"
"""


def hindrance() -> str:
    """Why no image can be built and started here; empty if it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux, to build and to enter images"
    missing = [tool for tool in ("buildah", "unshare", "nsenter", "chroot") if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}, such as Debian's buildah and util-linux"
    if subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True, check=False
    ).returncode:
        return "needs to be allowed namespaces of its own"
    return standin.hindrance()


class Engine:
    """buildah, with images that nobody else sees and that are gone when it is left."""

    def __init__(self) -> None:
        # Not one of pytest's folders: those are emptied by later runs, which fails where a killed run left mounts.
        self._place = Path(tempfile.mkdtemp(prefix="images-"))
        self._driver = "overlay"
        self._pip = standin.PipConfig()

    def __enter__(self) -> Engine:
        try:
            self._make_base_image()
        except subprocess.CalledProcessError:  # overlays do not stack everywhere, such as in a container
            self._driver = "vfs"
            self._make_base_image()
        return self

    def __exit__(self, *_: object) -> None:
        self._buildah("rm", "--all")
        # buildah mounts its storage onto itself and leaves that behind.
        subprocess.run(["umount", self._place / self._driver / self._driver], capture_output=True, check=False)
        shutil.rmtree(self._place)

    def _make_base_image(self) -> None:
        container = self._buildah("from", "scratch")
        standin.fill(Path(self._buildah("mount", container)), self._pip)
        settings = [f"--env={name}={value}" for name, value in standin.ENVIRONMENT.items()]
        self._buildah("config", *settings, "--cmd=python3", container)
        self._buildah("commit", "--quiet", "--rm", "--format=docker", "--disable-compression", container, standin.NAME)

    def build(self, folder: Path, name: str) -> Image:
        """Build the Dockerfile of a folder, and mount the image."""
        seen = [f"--volume={place}:{place}:ro" for place in sorted(self._pip.folders)]
        # HEALTHCHECK is known to images in Docker's own format only.
        how = ["--format=docker", "--isolation=chroot", "--pull=never", "--network=host", "--disable-compression"]
        self._buildah("bud", *how, *seen, f"--tag={name}", str(folder))
        return self.image(name)

    def image(self, name: str) -> Image:
        """An image, mounted."""
        told = json.loads(self._buildah("inspect", "--type=image", name))
        root = Path(self._buildah("mount", self._buildah("from", "--pull=never", name)))
        return Image(root, told["Docker"]["config"])

    def _buildah(self, *arguments: str) -> str:
        own = [
            f"--root={self._place}/{self._driver}",
            f"--runroot={self._place}/run",
            f"--storage-driver={self._driver}",
        ]
        ran = subprocess.run(
            ["buildah", *own, *arguments], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        if ran.returncode:
            print(ran.stdout, ran.stderr)  # noqa: T201 - pytest shows it with the failure
            ran.check_returncode()
        return ran.stdout.strip()


class Image(NamedTuple):
    """An image: its files, and how it wants to be run."""

    root: Path
    config: dict[str, Any]

    def files(self) -> dict[str, os.stat_result]:
        """All that it holds but folders, by path."""
        return {
            str(file.relative_to(self.root)): file.lstat()
            for file in self.root.rglob("*")
            if file.is_symlink() or not file.is_dir()
        }


class Network:
    """A network that is not this machine's: nothing but a loopback, on which every port is free."""

    def __init__(self, sysctls: Mapping[str, object]) -> None:
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.enter = ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]
        own = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{self._holder.pid}/ns/net").readlink() == own:
            threading.Event().wait(_PAUSE)
        self.run(sys.executable, "-c", LOOPBACK_UP)
        for name, value in sysctls.items():
            self.run("sh", "-c", f"echo {value} > /proc/sys/{name.replace('.', '/')}")

    def run(self, *command: str) -> str:
        """What a command of this machine prints when it runs in there."""
        return subprocess.run(
            [*self.enter, *command], stdout=subprocess.PIPE, text=True, check=True, timeout=_PATIENCE
        ).stdout

    def close(self) -> None:
        """End it."""
        self._holder.kill()
        self._holder.wait()


class Container:
    """An image that runs as an engine runs it: as its user, with a root that is read-only."""

    def __init__(
        self,
        image: Image,
        environment: Mapping[str, str] | None = None,
        *,
        mounts: Iterable[str] = ("tmpfs:/tmp",),
        network: Network | None = None,
    ) -> None:
        self._image = image
        given = dict(pair.split("=", 1) for pair in image.config["Env"])
        variables = [f"{name}={value}" for name, value in {**given, **(environment or {})}.items()]
        begin = [f"--chdir={image.config['WorkingDir'] or '/'}", *variables]
        inside = ["sh", "-c", _ENTER, "sh", str(image.root), image.config["User"], "\n".join(mounts), *begin]
        self._enter = [*(network.enter if network else []), "unshare", "--mount", "--pid", "--fork", *inside]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in there, to its end."""
        return subprocess.run([*self._enter, *command], capture_output=True, text=True, check=False, timeout=_PATIENCE)

    def is_healthy(self) -> bool:
        """What the image's own health check finds."""
        kind, *command = self._image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.run(*command).returncode == 0

    def wait_until_healthy(self, process: Process) -> None:
        """Ask again until it is, as long as a process lives."""
        ends = time.monotonic() + _PATIENCE
        while not self.is_healthy():
            assert process.is_running, "it has ended"
            assert time.monotonic() < ends, "it has not become healthy"
            threading.Event().wait(_PAUSE)

    @contextmanager
    def started(self, arguments: list[str] | None = None) -> Iterator[Process]:
        """What the image starts, with other arguments if any are given; killed on leaving if it still runs."""
        command = [*(self._image.config["Entrypoint"] or []), *(arguments or self._image.config["Cmd"])]
        with ExitStack() as stack:
            process = Process(stack.enter_context(subprocess.Popen([*self._enter, *command])))
            stack.callback(process.kill)
            yield process


class Process:
    """What runs in a container."""

    def __init__(self, outside: subprocess.Popen[bytes]) -> None:
        self._outside = outside

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._outside.poll() is None

    def signal(self, number: int) -> int:
        """Signal it as process 1, and wait for its exit status."""
        self._send(number)
        return self._outside.wait(_PATIENCE_WHEN_STOPPED)

    def kill(self) -> None:
        """End it at once, and all that it has started. Its parent's end would not: its user is another."""
        while self.is_running:
            self._send(signal.SIGKILL)
            threading.Event().wait(_PAUSE)

    def _send(self, number: int) -> None:
        outside = self._outside.pid
        for child in Path(f"/proc/{outside}/task/{outside}/children").read_text().split():
            os.kill(int(child), number)
