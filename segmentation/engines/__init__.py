"""What runs the network: colour, metric depth and focal length in, labels and confidence out."""
