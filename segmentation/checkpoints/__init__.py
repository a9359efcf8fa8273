"""Model files: safetensors with a JSON card, written whole and read without running code."""
