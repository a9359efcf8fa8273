"""`rgbd-live bench`: how quick the whole path is here, engine by engine, each run in a process of its own."""
