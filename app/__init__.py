"""The live program: command line, pipeline, viewers and recording."""
