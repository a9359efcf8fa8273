"""Folders of colour/depth image pairs."""
