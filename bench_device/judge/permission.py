"""Tells whether the privacy settings allow a judge's address."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from ...config import Config
from ...egress import Permit
from ...errors import SanderlingError, UsageError
from ...privacy import Trust, allows, strictest
from ...records import Privacy


def trust_of(permit: Permit, config: Config) -> Trust:
    """Return the owner of the machine at an address.

    A loopback address is this device, a tier's address has the owner that the tier names, and any other is somebody
    else's.
    """
    host = permit.host.partition("%")[0]
    if host == "localhost" or _is_loopback(host):
        return ""
    for tier in config.tier:
        parts = urlsplit(tier.base_url)
        if (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)) == (permit.host, permit.port):
            return tier.owner
    return "third"


def permission(url: str, privacy: Privacy | None, config: Config) -> tuple[Permit, Trust]:
    """Return a permit for a judge's address, and the owner of its machine.

    ``privacy`` None: the default of ``config``, whose limit bounds both. Raises SanderlingError for what is no address,
    UsageError if the privacy does not allow it.
    """
    try:
        permit = Permit.of_url(url, "the judge that was asked for")
    except ValueError as error:
        raise SanderlingError(f"the judge cannot be asked ({error}): give its address") from error
    trust, settings = trust_of(permit, config), config.privacy
    granted = strictest(privacy or settings.default, settings.limit)
    if not allows(granted, trust):
        needed = "own" if trust == "own" else "any"
        bound = f', and limit = "{needed}" in [privacy] of config.toml' if not allows(settings.limit, trust) else ""
        raise UsageError(
            f"the judge at {permit.host} is another machine, and privacy is {granted}: give --privacy {needed}{bound}"
        )
    return permit, trust


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
