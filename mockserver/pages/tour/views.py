"""The tour: ten stops that show how payments go well and wrong, each a slide that is played for real."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from flask import abort, flash, redirect, request, url_for

from mockserver.api.operations import ApiError
from mockserver.api.paths import LIVE_PATH, number_in
from mockserver.api.schemas import ExchangeRecord
from mockserver.pages.rendering import DashboardPage, render_page, translated
from mockserver.pages.signature.findings import findings_of
from mockserver.pages.stage.lanes import lanes_of
from mockserver.pages.tour.content import LANES, STOPS, Stop
from mockserver.pages.tour.plays import ORDER_PREFIX, TOUR_USER, play, trusts_itself
from mockserver.system.command import shared_command
from mockserver.texts import message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.api.schemas import ExplanationRecord
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange
    from mockserver.domain.unit_of_work import AccountView
    from mockserver.pages.signature.findings import SignatureFindings
    from mockserver.pages.stage.lanes import Lanes

_BY_NAME = {stop.name: stop for stop in STOPS}
_ORDER_ID = re.compile(rf"{ORDER_PREFIX}-({'|'.join(_BY_NAME)})-[0-9]+")
_LOOKED_AT = 500
_MOST_REQUESTS = 12
_FLAGS = "serve --tls --tls-port 443 --ca-file yabandpay-ca.pem"


class Played(NamedTuple):
    """A play of a stop: its requests, the first of which names the play."""

    exchanges: list[Exchange]

    @property
    def trade_id(self) -> str:
        """The order of the play; empty if there is none."""
        return next((one.trade_id for one in self.exchanges if one.trade_id), "")


class Slide(NamedTuple):
    """A stop of the tour with its place, from 1 on, and a play of it; None if it was not played yet.

    `filled` adds what happened in the play, in three lanes, and the diagnosis of a refused request.
    """

    stop: Stop
    place: int
    played: Played | None
    lanes: Lanes | None = None
    explanation: ExplanationRecord | None = None
    findings: SignatureFindings | None = None

    def filled(self, app: Application) -> Slide:
        account = app.store.account(TOUR_USER)
        if self.played is None or account is None:
            return self
        filled = self._replace(lanes=lanes_of(app, account, self.played.trade_id, self.played.exchanges))
        explained = [(one, ExchangeRecord.of(one).explanation) for one in self.played.exchanges]
        for exchange, explanation in explained:
            if explanation is not None:
                return filled._replace(explanation=explanation, findings=findings_of(app, exchange, explanation))
        return filled


def _show_tour(app: Application, _account: Account) -> dict[str, Any]:
    return {"slides": _slides(app)}


def _print_tour(app: Application, account: Account) -> BaseResponse:
    slides = [slide.filled(app) for slide in _slides(app)]
    return render_page("tour_print.html", slides=slides, account=account, **_shared(app))


def _show_stop(app: Application, account: Account, stop: str) -> dict[str, Any] | BaseResponse:
    if stop not in _BY_NAME:
        return render_page("tour_unknown.html", 404, slides=_slides(app), account=account, name=stop)
    if request.method == "POST":
        return _play_stop(app, account, stop)
    slides = _slides(app)
    place = list(_BY_NAME).index(stop)
    slide, wanted = slides[place], request.args.get("request")
    if wanted is not None:
        slide = slide._replace(played=_play_of(app, stop, wanted))
        if slide.played is None:
            abort(404, translated("The journal of the tour has no play of this stop with request {number}.",
                                  number=wanted[:60]))  # fmt: skip
    before, after = slides[place - 1] if place else None, slides[place + 1] if place + 1 < len(slides) else None
    followed = quote(account.user if slide.played is None else TOUR_USER, safe="")
    return {"slide": slide.filled(app), "before": before, "after": after, "total": len(slides),
            **_shared(app), "followed": f"{request.script_root}{LIVE_PATH}{followed}"}  # fmt: skip


def _shared(app: Application) -> dict[str, Any]:
    secure_url = app.secure_url if trusts_itself(app) else ""
    return {"lane_titles": LANES, "command": f"{shared_command()} {_FLAGS}", "secure_url": secure_url}


def _play_stop(app: Application, account: Account, stop: str) -> BaseResponse:
    try:
        number: int | None = play(app, stop)
    except ApiError as error:
        flash(app.secrets.text(error.problem.detail), "error")
        number = None
    return redirect(url_for("dashboard.tour_stop", user=account.user, stop=stop, request=number), 303)


def _slides(app: Application) -> list[Slide]:
    """All stops, each with its last play."""
    plays: dict[str, Played | None] = {}
    if app.store.account(TOUR_USER) is not None:
        with app.store.read(TOUR_USER) as view:
            plays = {stop: _played(view, number) for stop, number in _last_plays(view).items()}
    return [Slide(stop, place, plays.get(stop.name)) for place, stop in enumerate(STOPS, 1)]


def _play_of(app: Application, stop: str, wanted: str) -> Played | None:
    number = number_in(wanted)
    if number is None or app.store.account(TOUR_USER) is None:
        return None
    with app.store.read(TOUR_USER) as view:
        first = view.exchange(number)
        named = None if first is None else _ORDER_ID.fullmatch(first.order_id)
        return _played(view, number) if named is not None and named[1] == stop else None


def _last_plays(view: AccountView) -> dict[str, int]:
    """The first request of the last play of each stop, as far as the journal has them."""
    found: dict[str, tuple[str, int]] = {}
    for entry in view.journal_entries(_LOOKED_AT, 1 << 62):
        named = _ORDER_ID.fullmatch(entry.order_id)
        if named is not None and found.get(named[1], (named[0], 0))[0] == named[0]:
            found[named[1]] = named[0], entry.number
    return {stop: number for stop, (_, number) in found.items()}


def _played(view: AccountView, number: int) -> Played | None:
    """The play that begins with a request: the requests after it that are about the same order or trade."""
    first = view.exchange(number)
    if first is None:
        return None
    order_id, exchanges = first.order_id.encode(), [first]
    for later in range(number + 1, number + _MOST_REQUESTS):
        exchange = view.exchange(later)
        trades = {one.trade_id for one in exchanges if one.trade_id}
        if exchange and (exchange.trade_id in trades or order_id in exchange.request or order_id in exchange.answer):
            exchanges.append(exchange)
    return Played(exchanges)


DASHBOARD_PAGES = (
    DashboardPage("tour", "/accounts/<user>/tour", "tour.html", _show_tour, message("Tour"), menu_order=50, key="t"),
    DashboardPage("tour_print", "/accounts/<user>/tour/print", "tour_print.html", _print_tour, section="tour"),
    DashboardPage("tour_stop", "/accounts/<user>/tour/<stop>", "tour_stop.html", _show_stop, section="tour",
                  methods=("GET", "POST"), has_frames=True),
)  # fmt: skip
