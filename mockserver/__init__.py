"""A sandbox of the YabandPay payment gateway."""

__version__ = "1.0.0"

TYPE_CHECKING = False  # as typing has it, without importing that
if TYPE_CHECKING:
    from mockserver.site.factory import create_app as create_app
    from mockserver.site.factory import create_blueprint as create_blueprint


def __getattr__(name: str) -> object:
    if name not in {"create_app", "create_blueprint"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mockserver.site import factory  # noqa: PLC0415 - imports Flask

    return getattr(factory, name)
