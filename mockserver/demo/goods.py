"""What the payers of demo data buy, in their own languages, and how they pay."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Goods(NamedTuple):
    """An article, and its lowest and highest price in cents."""

    name: str
    least: int
    most: int


class PaymentChannel(NamedTuple):
    """A way to pay: its share of all orders, the method and wallet of its requests, and the locales of its payers.

    The `locales` are Faker's. One that is `often_in_yuan` has some orders in CNY.
    """

    share: int
    method: str
    wallet: str
    locales: tuple[str, ...]
    often_in_yuan: bool = False


CHANNELS = (
    PaymentChannel(12, "v3.CreatePaymentsWechatMiniPay", "WeChat Pay", ("zh_CN",), often_in_yuan=True),
    PaymentChannel(6, "v3.CreatePayments", "WeChat Pay", ("zh_CN",)),
    PaymentChannel(5, "v3.BarcodePayment", "WeChat Pay", ("zh_CN",)),
    PaymentChannel(11, "v3.CreatePaymentsAlipayMiniPay", "Alipay", ("zh_CN",), often_in_yuan=True),
    PaymentChannel(6, "v3.CreatePaymentsAlipayWap", "Alipay", ("zh_CN",)),
    PaymentChannel(7, "v3.CreatePayments", "Alipay", ("zh_CN", "zh_CN", "en_GB")),
    PaymentChannel(23, "v3.CreatePayments", "iDEAL", ("nl_NL",)),
    PaymentChannel(7, "v3.CreatePayments", "Bancontact", ("nl_BE", "fr_BE")),
    PaymentChannel(5, "v3.CreatePayments", "EPS", ("de_AT",)),
    PaymentChannel(8, "v3.CreatePayments", "PayPal", ("en_GB", "nl_NL", "de_AT", "fr_BE")),
    PaymentChannel(5, "v3.CreatePayments", "Visa", ("en_GB", "nl_NL", "fr_BE")),
    PaymentChannel(3, "v3.CreatePayments", "MasterCard", ("en_GB", "de_AT", "nl_NL")),
    PaymentChannel(2, "v3.CreatePayments", "UnionPay Card", ("zh_CN",)),
)

CARDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Visa": {"paid": "4242424242424242", "declined": "4000000000000002", "failed": "4000000000000119"},
        "MasterCard": {"paid": "5555555555554444", "declined": "5400000000000005", "failed": "5400000000000104"},
        "UnionPay Card": {"paid": "6200000000000005", "declined": "6200000000001003", "failed": "6200000000000104"},
    }
)
"""The test card with which the payer of a wallet reaches an outcome."""

CHALLENGED_CARDS: Mapping[str, str] = MappingProxyType(
    {"Visa": "4000000000003220", "MasterCard": "5400000000003009", "UnionPay Card": "6200000000003009"}
)
"""The test card of each wallet for which the bank asks the payer to confirm."""

GOODS: Mapping[str, tuple[Goods, ...]] = MappingProxyType(
    {
        "zh": (
            Goods("凤梨酥礼盒", 1690, 3290), Goods("龙井茶 250克", 2490, 6890), Goods("荷兰婴儿奶粉 3段", 1590, 2490),
            Goods("代尔夫特蓝瓷花瓶", 3990, 14900), Goods("手工月饼", 990, 4890), Goods("四川火锅底料", 450, 1290),
            Goods("瑞士手表", 18900, 89900), Goods("真丝围巾", 3490, 12900), Goods("旅行箱 24寸", 7900, 21900),
            Goods("珍珠奶茶", 490, 750), Goods("小笼包套餐", 1090, 2250), Goods("荷兰奶酪礼盒", 1990, 4490),
            Goods("羊绒大衣", 15900, 49900), Goods("博物馆门票", 1500, 2250), Goods("郁金香球茎", 690, 1990),
        ),
        "nl": (
            Goods("Stroopwafels in blik", 795, 1495), Goods("Oude kaas, 500 gram", 1095, 1995),
            Goods("Hagelslag puur", 285, 495), Goods("Regenjas", 4995, 12995), Goods("Fietslicht set", 1495, 3495),
            Goods("Delfts blauwe tegel", 1295, 4950), Goods("Koffiebonen 1 kg", 1395, 2795),
            Goods("Boeket tulpen", 1250, 2995), Goods("Sneakers", 6995, 14995), Goods("Dekbedovertrek", 3995, 8995),
            Goods("Speculaas", 395, 895), Goods("Fietstas", 4495, 9995),
        ),
        "fr": (
            Goods("Chocolats belges, 500 g", 1890, 3490), Goods("Gaufres de Liège", 590, 1190),
            Goods("Écharpe en laine", 2990, 6990), Goods("Bières d'abbaye, coffret", 1790, 3890),
            Goods("Bande dessinée", 1250, 1995), Goods("Parapluie", 1990, 4990), Goods("Bougie parfumée", 1490, 3490),
        ),
        "de": (
            Goods("Sachertorte", 2990, 5490), Goods("Mozartkugeln", 890, 2490),
            Goods("Kürbiskernöl 500 ml", 1490, 2690), Goods("Wanderschuhe", 8990, 18990),
            Goods("Lodenjacke", 12900, 32900), Goods("Vinyl-Schallplatte", 1990, 3990),
            Goods("Konzertkarte", 3500, 12000),
        ),
        "en": (
            Goods("Earl Grey tea", 595, 1495), Goods("Paperback novel", 899, 1499),
            Goods("Canal cruise ticket", 1650, 2250), Goods("Wool jumper", 4500, 9900),
            Goods("Noise-cancelling headphones", 7900, 32900),
            Goods("Gift card", 2500, 10000), Goods("Running shoes", 7500, 16500),
        ),
    }
)  # fmt: skip
"""The articles, by the language of the payer."""

REFUND_REASONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "zh": ("尺码不合适", "商品破损", "客户取消", "重复付款"),
        "nl": ("Retour: verkeerde maat", "Beschadigd aangekomen", "Klant heeft geannuleerd"),
        "fr": ("Retour : mauvaise taille", "Article endommagé", "Commande annulée"),
        "de": ("Rücksendung: falsche Größe", "Beschädigt angekommen", "Storniert"),
        "en": ("Returned: wrong size", "Arrived damaged", "Cancelled by the customer"),
    }
)
