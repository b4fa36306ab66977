"""Tests against the sandbox in a container, with Testcontainers for Python: pytest testcontainers_example.py.

Needs `pip install pytest testcontainers yabandpay-mock`.
"""

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from mockserver.testing import RunningSandbox

PORT = 8765
HOST = "host.docker.internal"  # this machine, as the container sees it


@pytest.fixture(scope="session")
def yabandpay_sandbox():
    """Replaces the fixture that starts a sandbox in this process."""
    container = (
        DockerContainer("ghcr.io/YOUR-ORGANISATION/yabandpay-mock", extra_hosts={HOST: "host-gateway"})
        .with_exposed_ports(PORT)
        .with_env("YABANDPAY_MOCK_PAY_DELAY", "20ms")
        .waiting_for(HttpWaitStrategy(PORT, "/_sandbox/api/health/ready"))
    )
    with container:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"
        with RunningSandbox(url, known_as=HOST) as sandbox:
            yield sandbox


def test_a_payment_is_paid_and_notified(yabandpay):
    payment = yabandpay.client.create_alipay_mini_payment(
        order_id="A-1", amount="24.99", currency="EUR", description="Tea", notify_url=yabandpay.merchant.url
    )

    yabandpay.wait_for("paid", order_id="A-1")
    yabandpay.wait_until_quiet()

    [notification] = yabandpay.merchant.notifications
    assert (notification.trade_id, notification.state) == (payment.trade_id, "paid")
