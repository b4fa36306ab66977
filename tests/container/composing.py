"""Plays the services of a compose file, as far as compose.yaml needs it, without an engine.

All share one network that is not this machine's, in which every service's name and alias leads to the loopback: so the
browser on the host, which reaches them by their published ports on 127.0.0.1, is in there too.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from tests.container.engine import Container, Network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.container.engine import Image


@contextmanager
def playing(services: Mapping[str, Any], images: Mapping[str, Image], place: Path) -> Iterator[Network]:
    """Start the services in their order, each when those that it depends on are healthy; gives their network."""
    hosts = place / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(_names(services))}\n")
    with ExitStack() as stack:
        network = Network(
            {name: value for service in services.values() for name, value in service.get("sysctls", {}).items()}
        )
        stack.callback(network.close)
        for name, service in services.items():
            assert set(service.get("depends_on", {})) <= set(list(services)[: list(services).index(name)]), (
                "out of order"
            )
            assert service["read_only"] is True, "these containers have a root that is read-only"
            container = Container(
                images[name],
                {variable: str(value) for variable, value in service["environment"].items()},
                mounts=[*_mounts(service, images[name], place), f"{hosts}:/etc/hosts:ro"],
                network=network,
            )
            container.wait_until_healthy(stack.enter_context(container.started(service.get("command"))))
        yield network


def _names(services: Mapping[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        yield name
        for network in service.get("networks", {}).values():
            yield from network["aliases"]


def _mounts(service: Mapping[str, Any], image: Image, place: Path) -> Iterator[str]:
    for target in service["tmpfs"]:
        yield f"tmpfs:{target}"
    for volume in service["volumes"]:
        name, target, *options = volume.split(":")
        folder = place / name
        if not folder.exists():  # a new volume looks like the folder of the image that it is mounted onto
            folder.mkdir()
            origin = image.root / target.lstrip("/")
            shutil.copystat(origin, folder)
            shutil.chown(folder, origin.stat().st_uid, origin.stat().st_gid)
        yield ":".join([str(folder), target, *options])
