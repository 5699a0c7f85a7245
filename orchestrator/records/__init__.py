"""What travels between modules: frozen, keyword-only, without a secret shape. Instants are aware UTC."""
