"""A run's settings, folder, environment and log."""
