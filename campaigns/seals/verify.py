"""Verifies a unit's folder, without the system that made it."""
