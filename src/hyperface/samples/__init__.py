"""Sample files: regions cut and labelled once, for programs that read arrays."""
