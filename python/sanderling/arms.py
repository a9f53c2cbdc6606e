"""The router and the settings of each arm of a live comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import asdict, replace

from .config import Config
from .experiment import Arm, ArmName
from .models.inventory import ModelInventory
from .router.contract import Router
from .router.select import router_for


class ArmParts(NamedTuple):
    """Router and settings of one arm."""

    router: Router
    config: Config


def arms_of(config: Config, router: Router, inventory: ModelInventory) -> Mapping[ArmName, ArmParts]:
    """Return the arms of ``config.ab``; empty if there is none.

    ``router``: of an arm that names none. Raises UsageError for a router that cannot be used with these models.
    """
    if config.ab is None:
        return {}
    return {"a": _parts(config.ab.a, config, router, inventory), "b": _parts(config.ab.b, config, router, inventory)}


def _parts(arm: Arm, config: Config, router: Router, inventory: ModelInventory) -> ArmParts:
    own = {name: value for name, value in asdict(arm).items() if name != "router" and value is not None}
    return ArmParts(router_for(arm.router, inventory) if arm.router else router, replace(config, **own))
