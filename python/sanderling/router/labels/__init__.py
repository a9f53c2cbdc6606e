"""router.labels."""
