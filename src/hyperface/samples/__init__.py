"""Sample files: regions cut and labeled once, for programs that read arrays."""
