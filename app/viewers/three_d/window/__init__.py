"""What runs in the process of the 3D window; open3d is imported here and nowhere else."""
