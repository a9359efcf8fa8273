"""An engine in a process of its own, for devices whose failure takes the process along.

After a fatal CUDA error nothing on the GPU works any more in the process that met it, and a driver may just as well end
that process or never return. Here that is a process which can be replaced.
"""
