"""What the sandbox is measured against: a Flask view that parses, signs and stores in a dict, and no more."""

from __future__ import annotations

import hmac
import json
import sys
from io import BytesIO
from typing import Any

import uvicorn
from flask import Flask, Response, request

app = Flask(__name__)
payments: dict[str, dict[str, str]] = {}


@app.post("/Payments")
def pay() -> Response:
    """Create a payment."""
    sent = request.get_json(force=True)
    data = sent["data"]
    parameters = {**data, "user": sent["user"], "method": sent["method"], "time": sent["time"]}
    text = "&".join(f"{key}={parameters[key]}" for key in sorted(parameters))
    if hmac.digest(b"sandbox-secret-key", text.encode(), "sha256").hex() != sent["sign"]:
        return Response('{"status":false,"code":"-403"}', content_type="application/json")
    payments[data["order_id"]] = data
    answer = {"status": True, "code": "200", "data": {"order_id": data["order_id"]}, "message": ""}
    return Response(json.dumps(answer, separators=(",", ":")), content_type="application/json")


async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own callables
    """Call Flask on the event loop itself, which is the fastest way there is to it on this server."""
    message = await receive()
    body = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    started: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:  # noqa: ANN401
        started.update(status=int(status[:3]), headers=[(k.encode(), v.encode()) for k, v in headers])

    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"],
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    answer = b"".join(app(environ, start_response))
    await send({"type": "http.response.start", **started})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    uvicorn.run(
        serve,
        port=int(sys.argv[1]),
        http="httptools",
        loop="asyncio",
        log_level="error",
        access_log=False,
        lifespan="off",
    )
