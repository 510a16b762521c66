"""Annotated faces, from every data set, in one record."""
