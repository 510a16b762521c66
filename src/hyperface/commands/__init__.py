"""The whole job, step by step: from settings to files."""
