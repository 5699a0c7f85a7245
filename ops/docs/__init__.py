"""Pictures for the documentation, and what makes them."""
