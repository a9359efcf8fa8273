"""Counting: what a model gets right of the pixels of prepared samples."""
