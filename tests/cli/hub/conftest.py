"""A real PostgreSQL for the commands of the hub."""

from fleet_fixtures import fleet, server

__all__ = ["fleet", "server"]
