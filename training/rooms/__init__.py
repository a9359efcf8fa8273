"""Writes procedural rooms to disk as samples to train on: planned, rendered by several processes, resumable."""
