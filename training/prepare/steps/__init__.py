"""What `rgbd-train prepare` does one after the other, whatever the data set."""
