"""Accounts, their roles and teams, and machine clients, as administrators keep them."""
