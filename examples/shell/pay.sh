#!/bin/sh
# Creates a payment, prints the response, and queries the payment. With a trade_id, it only queries. Needs openssl and
# curl.
#
#     sh pay.sh
#     sh pay.sh TRADE_ID

set -eu
gateway=${YABANDPAY_URL:-http://127.0.0.1:8765}
user=${YABANDPAY_USER:-016683}
secret_key=${YABANDPAY_SECRET_KEY:-sandbox-secret-key}
notify_url=${NOTIFY_URL:-http://127.0.0.1:3000/notify}

# sign KEY=VALUE...: HMAC-SHA256 of the pairs, sorted by key. Sorting whole lines would put `pay2=` before `pay=`.
# The key is visible in the list of processes: on a shared machine, sign with another program.
sign() {
    text=$(printf '%s\n' "$@" | LC_ALL=C sort -t = -k 1,1 | paste -s -d '&' -)
    printf '%s' "$text" | openssl dgst -sha256 -hmac "$secret_key" | sed 's/.*= *//'
}

# call METHOD KEY=VALUE...: the gateway's response.
call() {
    method=$1
    shift
    time=$(date +%s)
    sign=$(sign "user=$user" "method=$method" "time=$time" "$@")
    data=$(printf '%s\n' "$@" | sed -e 's/[\\"]/\\&/g' -e 's/\([^=]*\)=\(.*\)/"\1":"\2"/' | paste -s -d , -)
    curl --silent --show-error --max-time 30 --header 'Content-Type: application/json' --data-binary \
        "{\"user\":\"$user\",\"sign\":\"$sign\",\"method\":\"$method\",\"time\":$time,\"data\":{$data}}" \
        "$gateway/Payments"
}

# field NAME RESPONSE: the value of a field in a response, or nothing.
field() {
    printf '%s' "$2" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | sed 's/\\\//\//g'
}

trade_id=${1:-}
if [ -z "$trade_id" ]; then
    created=$(call v3.CreatePayments pay_method=online sub_pay_method=List "order_id=shell-$(date +%s)-$$" \
        amount=24.99 currency=EUR 'description=Dragon Well tea 龙井, 100 g' timeout=60 \
        "notify_url=$notify_url" redirect_url=http://127.0.0.1:3000/)
    printf '%s\n' "$created"
    trade_id=$(field trade_id "$created")
    [ -n "$trade_id" ] || { echo "Not done: $(field message "$created")" >&2; exit 1; }
    echo "The payer pays at $(field url "$created")" >&2
fi
found=$(call v3.QueryOrder "trade_id=$trade_id")
printf '%s\n' "$found"
state=$(field state "$found")
[ -n "$state" ] || { echo "Not done: $(field message "$found")" >&2; exit 1; }
echo "Trade $trade_id is $state." >&2
