"""What the device says of itself while something is measured: heat, clock, faults, other load, energy.

::

    /proc, /sys, psutil ─► system, heat, energy ─► Reading ─► Watch (one a second) ─► verdict

| file | responsibility |
|---|---|
| ``reading.py`` | the record of one moment |
| ``heat.py`` | temperature, clock, and who throttles |
| ``energy.py`` | named sensors of energy and power |
| ``system.py`` | CPU time, faults and swapping, of the worker and of everything else |
| ``watch.py`` | readings before, during and after a measurement |
"""

from .reading import Reading
from .watch import Watch

__all__ = ["Reading", "Watch"]
