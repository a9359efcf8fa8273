"""`--view 3d`: an Open3D window with the picture, the live cloud and controls, in a process of its own.

Open3D and the drivers below it end the process where a display or a device goes away, which Python cannot catch. So the
window lives in a child process: window/ is what runs there, all else runs here, and messages.py is what passes between.
"""
