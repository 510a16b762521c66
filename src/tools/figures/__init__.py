"""The figures of the documents."""
