"""The state of the device during a measurement: temperature, clock, page faults, other load, energy.

::

    /proc, /sys, psutil ─► system, heat, energy ─► Reading ─► Watch (one per second) ─► verdict

===========  =================================================================
file         responsibility
===========  =================================================================
``reading``  the record of one moment
``heat``     temperature, clock, and evidence of throttling
``energy``   energy and power sensors
``system``   CPU time, page faults and swapping, of the worker and of the rest
``watch``    readings before, during and after a measurement
``verdict``  whether a measurement is valid
===========  =================================================================
"""

from .reading import Reading
from .watch import Watch

__all__ = ["Reading", "Watch"]
