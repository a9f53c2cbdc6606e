"""models.download."""
