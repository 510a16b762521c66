"""Sample files: regions cropped and labeled once, as arrays."""
