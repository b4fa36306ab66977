"""Checks of the shop's own answers, which look at what it answered in all the others."""

from __future__ import annotations

from mockserver.examine.checks.expecting import NOT_AGAIN
from mockserver.examine.steps import Check
from mockserver.texts import message

_OWN_ANSWERS = message("Answers")
_REPEATS_FOR_EVER = message("The gateway repeats the notification until it gives up, and then no longer notifies.")
ANSWERS = (
    Check("answer-ok", _OWN_ANSWERS, message("Exactly ok"), message("All genuine notifications of the other checks."),
          message("Answers with status 200 and the two letters ok."), _REPEATS_FOR_EVER, "4.0; C1, C3, C4", "answer"),
    Check("answer-in-time", _OWN_ANSWERS, message("In time"), message("All genuine notifications of the other checks."),
          message("Answers within a few seconds: stores first, and works later."), _REPEATS_FOR_EVER,
          "4.0: a timeout counts as failed", "answer"),
    Check("answer-redirect", _OWN_ANSWERS, message("No redirect"),
          message("All genuine notifications of the other checks."),
          message("Answers itself: redirects, as to a login page, are not followed."), _REPEATS_FOR_EVER, "4.0",
          "answer"),
    Check("answer-page", _OWN_ANSWERS, message("No HTML page"),
          message("All genuine notifications of the other checks."), message("Answers plain text, not HTML."),
          _REPEATS_FOR_EVER, "4.0", "answer"),
    Check("answer-again", _OWN_ANSWERS, message("An error, then the repetition"),
          message("What the shop answered with a status of 5xx is sent again."),
          message("Accepts the repetition as if it were the first."),
          message("A payer has paid and gets nothing: the first try failed, and the second counts as a copy."),
          "4.0",
          "store"),
    Check("answer-refused", _OWN_ANSWERS, message("No ok to what it ignored"),
          message("All notifications that the shop did not act on."),
          message("Does not answer ok, so that the gateway sends it again."),
          NOT_AGAIN, "4.0; C1 answers bad", "unknown"),
)  # fmt: skip
"""The checks of the shop's own answers, which look at what it answered in the others."""
