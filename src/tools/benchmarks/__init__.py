"""Benchmarks: the speed of networks and of predictions, the recall and speed of proposals."""
