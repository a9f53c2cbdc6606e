"""Handlers of the service's routes, one module for each group of routes.

:mod:`~sanderling.server.routes.table` lists them all.
"""
