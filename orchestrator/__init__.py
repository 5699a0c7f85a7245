"""Builds and keeps dossiers: asks, builds, fetches, versions."""

from orchestrator.celery import app

__all__ = ["app"]
