"""Configurations: every field, its default and range, what goes together, config files and their overrides."""

from mogan.config.base import base, check_known, flatten, update, validate

__all__ = ["base", "check_known", "flatten", "update", "validate"]
