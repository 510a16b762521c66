"""One writer a format: records as files that others read."""
