"""A real PostgreSQL for the tests of the hub, one for all of them; each test has a database of its own."""

from fleet_fixtures import fleet, server

__all__ = ["fleet", "server"]
