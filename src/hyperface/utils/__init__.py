"""The settings, folder, environment and log of a run, and other utilities."""
