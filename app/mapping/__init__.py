"""Frames joined while the camera moves: where it went (Open3D's odometry), and one labelled surface of what it saw."""
