"""Networks as ONNX graphs: writing them, reading what they say of themselves, and taking in those of others."""
