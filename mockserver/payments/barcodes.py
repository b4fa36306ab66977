"""Which wallet a payer's barcode belongs to (protocol.md 3.10)."""

from __future__ import annotations

import re

from mockserver.evidence import Fact

_WECHAT = re.compile("1[0-5][0-9]{16}")
_ALIPAY_PLUS = re.compile("28[0-9]{17}")
_ALIPAY_CHINA = re.compile("(?:2[5-9]|30)[0-9]{14,22}")


def wallet_of(auth_code: str) -> str | None:
    """`WeChat Pay`, `Alipay`, or None when no known wallet makes such codes."""
    if _WECHAT.fullmatch(auth_code):
        return "WeChat Pay"
    if _ALIPAY_PLUS.fullmatch(auth_code) and (auth_code[2], auth_code[-6]) == ("9", "6"):
        return "Alipay"
    return "Alipay" if _ALIPAY_CHINA.fullmatch(auth_code) else None


EVIDENCE = (
    Fact("auth_code", "WeChat: 18 digits that begin with 10 to 15.", "documented", "3.10"),
    Fact("auth_code", "Alipay+: 19 digits, 28 first, 9 third, 6 sixth from the end.", "documented", "3.10"),
    Fact("auth_code", "Alipay of China: 16 to 24 digits that begin with 25 to 30.", "assumed", "3.10 UNSEEN"),
)
