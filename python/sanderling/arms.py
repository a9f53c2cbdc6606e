"""The router and the settings of each arm of a live comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import asdict, replace

from .config import Config
from .errors import UsageError
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
    arms: dict[ArmName, Arm] = {"a": config.ab.a, "b": config.ab.b}
    return {name: _parts(name, arm, config, router, inventory) for name, arm in arms.items()}


def _parts(name: ArmName, arm: Arm, config: Config, router: Router, inventory: ModelInventory) -> ArmParts:
    own = {key: value for key, value in asdict(arm).items() if key != "router" and value is not None}
    try:
        return ArmParts(router_for(arm.router, inventory) if arm.router else router, replace(config, **own))
    except UsageError as error:
        raise UsageError(f"config.toml, [ab.{name}]: {error}") from error
