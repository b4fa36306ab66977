"""`python -m bench.throttle SHARE PID…`: lets processes run by turns, each for its share of the time.

`held` holds processes to a share of one core: with the system's control groups, or with this program where the groups
cannot be changed.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PERIOD = 0.02
_PERIOD_US = round(_PERIOD * 1_000_000)
_GROUPS = Path("/sys/fs/cgroup")


class ControlGroup:
    """The control group of this process, of either version, in which groups with less processor time are made."""

    def __init__(self, parent: Path, version: int) -> None:
        self._parent, self._version = parent, version
        self.text = f"control groups, version {version}, with periods of {_PERIOD * 1000:.0f} ms"

    @contextmanager
    def hold(self, pid: int, share: float) -> Iterator[None]:
        """Hold a process and its children to a share of one core.

        Raises:
            OSError: the system does not allow that.
        """
        quota = round(_PERIOD_US * share)
        group = self._parent / f"yabandpay-bench-{pid}"
        group.mkdir()
        try:
            if self._version == 1:
                (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US), encoding="ascii")
                (group / "cpu.cfs_quota_us").write_text(str(quota), encoding="ascii")
            else:
                (group / "cpu.max").write_text(f"{quota} {_PERIOD_US}", encoding="ascii")
            (group / "cgroup.procs").write_text(str(pid), encoding="ascii")
            yield
        finally:
            for member in (group / "cgroup.procs").read_text(encoding="ascii").split():
                with suppress(OSError):  # it has ended
                    (self._parent / "cgroup.procs").write_text(member, encoding="ascii")
            group.rmdir()


def control_group() -> ControlGroup | None:
    """The control group of this process, unless none can be made in it."""
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, place = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        found = ControlGroup(_GROUPS / controllers / place.strip("/"), 1 if controllers else 2)
        if _can_hold(found):
            return found
    return None


def _can_hold(group: ControlGroup) -> bool:
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        try:
            with group.hold(process.pid, 0.5):
                return True
        except OSError:
            return False


@contextmanager
def held(pids: Sequence[int], share: float, group: ControlGroup | None) -> Iterator[None]:
    """Hold each of some processes to a share of one core during a block.

    Raises:
        ValueError: the processes cannot run by turns, and there is no control group.
    """
    with ExitStack() as stack:
        if group is None:
            stack.enter_context(_by_turns(pids, share))
        else:
            for pid in pids:
                stack.enter_context(group.hold(pid, share))
        yield


@contextmanager
def _by_turns(pids: Sequence[int], share: float) -> Iterator[None]:
    if len(pids) * share > 1:
        raise ValueError(f"{len(pids)} processes cannot have a share of {share} each of one core's time")
    command = [sys.executable, "-m", "bench.throttle", str(share), *map(str, pids)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise RuntimeError("the throttle has no output")
        process.stdout.readline()
        try:
            yield
        finally:
            process.communicate()


def run_by_turns(share: float, pids: Sequence[int]) -> None:
    """Let one process run at a time, each for its share of every period, until the standard input ends."""
    rest = _PERIOD * (1 - share * len(pids))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    print("throttled", flush=True)
    try:
        while not _has_ended(rest):
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
                if _has_ended(_PERIOD * share):
                    return
                os.kill(pid, signal.SIGSTOP)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _has_ended(seconds: float) -> bool:
    """Whether the standard input ends within a time."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


if __name__ == "__main__":
    run_by_turns(float(sys.argv[1]), [int(pid) for pid in sys.argv[2:]])
