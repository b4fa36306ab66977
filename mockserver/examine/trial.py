"""Carries out one check on an order of its own, and notes what was sent, answered and believed. It grades nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from mockserver.clock import stopwatch
from mockserver.domain.notifications.notification import ACKNOWLEDGEMENT
from mockserver.examine.sandbox import Json, Order, SandboxRefusedError
from mockserver.examine.shop import ShopError, ShopState, fetch
from mockserver.examine.steps import Browse, Expect, GiveBack, Move, Repeat, RepeatRefused, Send

if TYPE_CHECKING:
    from mockserver.examine.sandbox import Calls, SandboxAccount
    from mockserver.examine.shop import Shop
    from mockserver.examine.steps import Check, Step

_PAUSES = (0.2, 1.0, 2.0)
"""Seconds before each repetition of what the shop has not acknowledged."""

_CLIENT_ERROR, _SERVER_ERROR, _BUSY = 400, 500, 503
_MOST_PATIENCES = 6
_SHORTEST_PATIENCE, _SHORTER_PATIENCE, _MOST_PATIENCES = 1.0, 2.0, 6
_FIRST_LOOK, _LONGEST_LOOK = 0.01, 0.25


class SentRequest(NamedTuple):
    """One request to the shop, and its answer.

    `genuine` is None for a browser's. `needs_ok` says whether the gateway expects `ok`; `repeats` that it was sent
    before. `status` is None if there was no answer; `error` then says why.
    """

    what: str
    verb: str
    url: str
    body: str
    genuine: bool | None
    needs_ok: bool
    status: int | None
    answer: str
    error: str
    accepted: bool
    milliseconds: int
    repeats: bool = False

    @property
    def failed(self) -> bool:
        """Whether the shop failed at it: no answer, or a status of 5xx, except for 503 and for an `ok` with it."""
        says_ok = self.answer.strip() == ACKNOWLEDGEMENT.decode()
        return self.status is None or (self.status >= _SERVER_ERROR and not self.is_busy and not says_ok)

    @property
    def is_late(self) -> bool:
        """Whether the sandbox waited for its answer in vain."""
        return "no answer within" in self.error

    @property
    def is_settled(self) -> bool:
        """Whether the shop would answer the same again: it is neither busy nor broken."""
        return self.is_late or (self.status is not None and self.status < _CLIENT_ERROR)

    @property
    def is_busy(self) -> bool:
        """Whether the shop asks to come again later."""
        return self.status == _BUSY


class Look(NamedTuple):
    """What the shop believed at an expectation; `state` is None if it did not say, and `problem` why.

    `came_later` says that it believed something else at first, right after its answer.
    """

    expect: Expect
    state: ShopState | None
    problem: str = ""
    came_later: bool = False

    @property
    def kind_is_right(self) -> bool:
        return self.state is not None and self.state.kind in self.expect.kinds

    @property
    def count_is_right(self) -> bool:
        most, count = self.expect.most, None if self.state is None else self.state.effects
        return most is None or count is None or count <= most

    @property
    def is_right(self) -> bool:
        return self.kind_is_right and self.count_is_right


class TrialRecord(NamedTuple):
    """Everything that a trial has seen. `problem` says why it ended early; usually empty.

    `before` is the shop's state of the new order, if the trial has looked at it.
    """

    check: Check
    order: Order | None = None
    sent: tuple[SentRequest, ...] = ()
    looks: tuple[Look, ...] = ()
    queried: bool = False
    problem: str = ""
    before: ShopState | None = None

    @property
    def genuine(self) -> list[SentRequest]:
        """The genuine notifications to which the gateway expects an `ok`."""
        return [one for one in self.sent if one.genuine and one.needs_ok]


class Pace(NamedTuple):
    """How long to wait, in seconds: at most for a state, and at least before a state counts as lasting."""

    patience: float = 10.0
    least: float = 0.5


class Pacing:
    """How long the shop takes from its acknowledgement to its new state, as seen so far."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self.slowest = 0.0
        self.is_known = False
        self.repetitions_help = True
        self.has_failed_first = False
        self.last_change = 0.0
        self.longest_call = 0.0
        self._slowest_queue = 0.0

    def note(self, seconds: float) -> None:
        self.is_known = True
        self.last_change = stopwatch()
        self.slowest = max(self.slowest, seconds)

    @property
    def patience(self) -> float:
        """Seconds to wait for a state: fewer once it is known that the shop works before it answers."""
        longest, least = self._pace
        if self.has_failed_first:
            return min(longest, _SHORTER_PATIENCE)
        is_quick = self.is_known and not self.is_slow
        return min(longest, max(_SHORTEST_PATIENCE, 4 * least)) if is_quick else longest

    def is_over(self, began: float) -> bool:
        """Whether to give up waiting for a state that was first looked at then."""
        now, longest = stopwatch(), _MOST_PATIENCES * self.patience
        return now - began > longest or now - max(began, self.last_change) > self.patience

    @property
    def is_slow(self) -> bool:
        """Whether the shop works after it has answered."""
        return self.slowest >= self._pace.least

    @property
    def settling(self) -> float:
        """Seconds after which a shop that has not changed a state will not change it: more than its slowest change."""
        return min(self._pace.patience, self._pace.least + max(1.5 * self.slowest, self._slowest_queue))

    def share(self, checks: int) -> None:
        """Expect the slowest change of a single check as many times over, as the shop may work one by one."""
        self._slowest_queue = self.slowest * checks


class Route:
    """Where the sandbox really reaches the shop, if it maps the shop's public host to another one."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, str]] = {}

    def note(self, url: str, sent_to: str) -> None:
        """Learn from a notification for a URL that was sent to an address."""
        place = urlsplit(sent_to)
        self._places[urlsplit(url).netloc] = (place.scheme, place.netloc)

    def address(self, url: str) -> str:
        """The address at which a URL of the shop is reached from here."""
        parts = urlsplit(url)
        scheme, netloc = self._places.get(parts.netloc, parts[:2])
        return urlunsplit((scheme, netloc, *parts[2:]))


class Surroundings(NamedTuple):
    """What all trials of an examination share."""

    account: SandboxAccount
    calls: Calls
    shop: Shop
    pacing: Pacing
    route: Route


class Trial:
    """One check on one order."""

    def __init__(self, check: Check, order: Order, since: int, around: Surroundings) -> None:
        """`since` is the number of the account's last request before the order."""
        self._check, self._order, self._since = check, order, since
        self._account, self._calls, self._shop, self._pacing, self._route = around
        self._sent: list[SentRequest] = []
        self._looks: list[Look] = []
        self._last_number = 0
        self._refund_id = ""
        self._attempts_seen: dict[int, int] = {}
        self._last_attempt: dict[int, SentRequest] = {}

    def run(self, *, looks_before: bool = False) -> TrialRecord:
        """Perform the steps. Ends early after an expectation that is not met."""
        before = None
        problem, queried_since = "", self._account.last_request() if not self._check.scenario else self._since
        try:
            if looks_before and self._shop.read_state is not None:
                before = self._state(self._order.order_id)
            for step in self._check.steps:
                self._perform(step)
                if isinstance(step, Expect) and self._has_failed:
                    break
        except (ShopError, SandboxRefusedError) as error:
            problem = str(error)
        queried = self._account.queried(self._order, queried_since)
        return TrialRecord(self._check, self._order, tuple(self._sent), tuple(self._looks), queried, problem, before)

    @property
    def _has_failed(self) -> bool:
        look = self._looks[-1]
        return look.state is not None and not look.is_right

    def _perform(self, step: Step) -> None:
        if isinstance(step, Move):
            self._account.move(self._order, step.state, forced=step.forced)
        elif isinstance(step, GiveBack):
            self._refund_id = self._account.refund(self._order, self._order.share(step.part), step.state)
        elif isinstance(step, Send):
            self._send(step)
        elif isinstance(step, Repeat):
            for _ in range(step.times):
                self._account.resend(self._last_number)
                self._take(self._last_number, genuine=True, needs_ok=True, repeats=True)
                if self._last_attempt[self._last_number].is_busy:
                    self._repeat(self._last_number, genuine=True, needs_ok=True)
        elif isinstance(step, RepeatRefused):
            self._repeat_refused()
        elif isinstance(step, Browse):
            self._visit(step)
        else:
            self._look(step)

    def _send(self, step: Send) -> None:
        order = self._order
        wanted: Json = {
            "fields": step.fields(order), "tampered": step.tampered(order), "form": step.form,
            "reordered": step.reordered, "copies": step.copies, "concurrent": step.copies > 1, "once": True,
            "url": self._address(step.to), "defect": step.defect or None, "body": step.body,
        }  # fmt: skip
        kind, identifier = ("refunds", self._refund_id) if step.about == "refund" else ("payments", order.trade_id)
        numbers = self._account.notify(kind, identifier, wanted)
        self._last_number = numbers[0]
        for number in numbers:
            self._take(number, genuine=step.genuine, needs_ok=step.genuine and step.needs_ok)
        if step.repeated:
            for number in numbers:
                if step.genuine or self._last_attempt[number].is_busy:
                    self._repeat(number, genuine=step.genuine, needs_ok=step.genuine and step.needs_ok)

    def _repeat(self, number: int, *, genuine: bool, needs_ok: bool) -> None:
        """Send a notification again until the shop acknowledges it, as the gateway does, but sooner.

        What is not genuine is repeated only while the shop is busy.
        """
        for pause in _PAUSES if self._pacing.repetitions_help else _PAUSES[:1]:
            last = self._last_attempt[number]
            if last.accepted or (last.is_settled and last.repeats) or not (genuine or last.is_busy):
                return
            self._account.pause(0 if last.is_settled else pause)
            self._account.resend(number)
            self._take(number, genuine=genuine, needs_ok=needs_ok, repeats=True)
        if not self._last_attempt[number].accepted and genuine:
            self._pacing.repetitions_help = False

    def _repeat_refused(self) -> None:
        """Repeat every genuine notification of the order that the shop has not acknowledged."""
        for one in self._account.notifications_of(self._order):
            if one["defect"]:
                continue
            number = one["number"]
            if number not in self._attempts_seen:
                self._take(number, genuine=True, needs_ok=True)
            self._repeat(number, genuine=True, needs_ok=True)

    def _take(self, number: int, *, genuine: bool, needs_ok: bool, repeats: bool = False) -> None:
        """Wait for the next attempt of a notification, and note it."""
        seen = self._attempts_seen.get(number, 0)
        notification = self._account.delivered(number, seen + 1)
        for attempt in notification["attempts"][seen:]:
            defect = notification["defect"]
            what = f"{notification['notified_state']}, {defect}" if defect else notification["notified_state"]
            sent = SentRequest(
                what, "POST", attempt["url"], attempt["sent"], genuine, needs_ok, attempt["status"], attempt["answer"],
                attempt["error"], attempt["accepted"], attempt["duration_ms"], repeats or seen > 0,
            )  # fmt: skip
            self._sent.append(sent)
            self._last_attempt[number] = sent
            if not self._check.scenario:
                self._pacing.longest_call = max(self._pacing.longest_call, sent.milliseconds / 1000)
            self._route.note(notification["url"], attempt["url"])
        self._attempts_seen[number] = len(notification["attempts"])

    def _address(self, to: Literal["notify", "return"]) -> str:
        url = self._order.redirect_url if to == "return" else self._order.notify_url
        if not url:
            name = "redirect_url" if to == "return" else "notify_url"
            raise SandboxRefusedError(f"The shop's request for this order had no {name}.")
        return url

    def _visit(self, step: Browse) -> None:
        url, fields = self._address(step.to), step.fields(self._order)
        if fields:
            url += ("&" if urlsplit(url).query else "?") + urlencode(fields)
        url = self._calls.check_address(self._route.address(url))
        began = stopwatch()
        try:
            answer = fetch("GET", url)
            status: int | None = answer.status
            text, error = answer.text, f"redirects to {answer.location}" if answer.location else ""
        except ShopError as failure:
            status, text, error = None, "", str(failure)
        took = round((stopwatch() - began) * 1000)
        self._sent.append(SentRequest(step.to, "GET", url, "", None, False, status, text, error, False, took))

    def _look(self, expect: Expect) -> None:
        """Read the shop's state until it is one that is expected, and whether it then stays so."""
        if self._shop.read_state is None:
            self._looks.append(Look(expect, None, "no state"))
            return
        order_id = self._order.unknown_id if expect.of_unknown else self._order.order_id
        look = Look(expect, self._state(order_id))
        if "open" not in expect.kinds:
            look = self._await(expect, order_id, look)
        if look.is_right and expect.lasting:
            look = self._watch(order_id, look)
        self._looks.append(look)

    def _await(self, expect: Expect, order_id: str, look: Look) -> Look:
        """Wait until the shop believes what is expected, as it may work from a queue.

        The patience begins again whenever another order of the shop changes, as a queue may be worked off one by one.
        """
        first, began, pause = look, stopwatch(), _FIRST_LOOK
        while not look.kind_is_right and look.count_is_right and not self._pacing.is_over(began):
            self._account.pause(pause)
            pause = min(_LONGEST_LOOK, pause * 1.5)
            look = Look(expect, self._state(order_id))
        if look.kind_is_right:
            self._pacing.note(stopwatch() - began)
        return look._replace(came_later=look.kind_is_right and not first.kind_is_right)

    def _watch(self, order_id: str, look: Look) -> Look:
        """Watch whether the shop still believes it after the time that its own work takes."""
        began = stopwatch()
        while look.is_right and (left := self._pacing.settling - (stopwatch() - began)) > 0:
            self._account.pause(min(_LONGEST_LOOK, left))
            look = look._replace(state=self._state(order_id))
        return look

    def _state(self, order_id: str) -> ShopState:
        began = stopwatch()
        state = self._shop.state(order_id)
        self._pacing.longest_call = max(self._pacing.longest_call, stopwatch() - began)
        return state
