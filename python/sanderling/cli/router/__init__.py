"""cli.router."""
