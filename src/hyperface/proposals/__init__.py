"""Class-independent region proposals."""
