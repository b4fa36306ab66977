"""The gateway's methods: one module a family, each with a tuple `METHODS` of small entries."""

from __future__ import annotations

from types import MappingProxyType

from mockserver.gateway.methods import orders, payments

ALL_METHODS = MappingProxyType({method.name: method for family in (payments, orders) for method in family.METHODS})
"""Every method by its name."""
