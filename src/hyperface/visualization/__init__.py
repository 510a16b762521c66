"""Drawings, curves and report pages."""
