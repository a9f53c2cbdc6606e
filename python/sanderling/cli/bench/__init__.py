"""cli.bench."""
