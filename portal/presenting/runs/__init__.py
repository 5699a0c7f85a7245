"""Runs laid out for reading."""
