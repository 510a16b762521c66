"""Numbers on held-out regions."""
