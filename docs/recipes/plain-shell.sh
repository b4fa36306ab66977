#!/bin/sh
# Starts a sandbox, runs a command, and stops the sandbox: sh plain-shell.sh npm test
#
# The command gets the sandbox's address in $YABANDPAY_URL, and its account in $YABANDPAY_USER and
# $YABANDPAY_SECRET_KEY. The script exits with the command's status. If it is not 0, the script prints the sandbox's
# output to standard error.
set -eu

export YABANDPAY_USER=016683 YABANDPAY_SECRET_KEY=sandbox-secret-key
place=$(mktemp -d)

yabandpay-mock serve --port 0 --user "$YABANDPAY_USER" --secret-key "$YABANDPAY_SECRET_KEY" \
    --ready-file "$place/ready" >"$place/log" 2>&1 &
sandbox=$!

finish() {
    status=$?
    trap - EXIT
    kill "$sandbox" 2>/dev/null || true
    wait "$sandbox" || true
    if [ "$status" -ne 0 ]; then cat "$place/log" >&2; fi
    rm -rf "$place"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

until [ -e "$place/ready" ]; do
    kill -0 "$sandbox" 2>/dev/null || { echo "The sandbox did not start." >&2; exit 1; }
    sleep 0.05
done
YABANDPAY_URL=$(head -n 1 "$place/ready")
export YABANDPAY_URL

"$@"
