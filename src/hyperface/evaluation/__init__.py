"""Numbers on held-out regions and on whole pictures."""
