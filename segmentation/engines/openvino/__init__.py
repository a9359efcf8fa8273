"""OpenVINO behind openvino_engine.py: the library, what it compiles, and int8."""
