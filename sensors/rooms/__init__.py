"""Procedural rooms: labelled colour and depth of furnished rooms, rendered with numpy and OpenCV alone."""
