"""The record of access, read and signed."""
