"""Frames in: cameras, recordings and image folders, as colour and depth that travel together. numpy, never torch."""
