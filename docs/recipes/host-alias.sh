#!/bin/sh
# Starts the sandbox for a shop in a container whose unmodified plug-in calls https://mapi.yabandpay.com:
#
#     sh host-alias.sh
#     docker run --network yabandpay --volume yabandpay-ca:/ca:ro YOUR-SHOP
#
# The shop has to trust /ca/yabandpay-ca.pem. Dashboard and payment pages: http://127.0.0.1:8765/_sandbox/
set -eu

docker network create yabandpay
docker run --detach --name yabandpay-mock \
    --network yabandpay --network-alias mapi.yabandpay.com \
    --sysctl net.ipv4.ip_unprivileged_port_start=0 \
    --volume yabandpay-ca:/ca \
    --publish 127.0.0.1:8765:8765 \
    --env YABANDPAY_MOCK_PUBLIC_URL=http://127.0.0.1:8765 \
    --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
    ghcr.io/YOUR-ORGANISATION/yabandpay-mock serve --tls --tls-port 443 --ca-file /ca/yabandpay-ca.pem
docker exec yabandpay-mock yabandpay-mock ready --timeout 30s || { docker logs yabandpay-mock >&2; exit 1; }
