"""How good the answers are, on held-out regions and on whole images."""
