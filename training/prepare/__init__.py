"""Turns the official downloads of data sets into prepared samples: once, by several processes, resumable, checked."""
