"""For maintainers, not installed: rendered data, figures, benchmarks, weights to publish."""
