"""Builds and keeps dossiers: asks, builds, fetches, versions."""
