"""Adapters of the other libraries.

Each is used as its documentation advises for searching on one thread. An adapter imports its library when it is
created. The beam is only set when it changes, because in some libraries setting it costs more than a small search.

=====================  ==================================================================
file                   responsibility
=====================  ==================================================================
``catalogue``          all indexes that can be measured, ours first
``hnswlib``            float32
``faiss``              float32, and 8-bit codes
``usearch``            float32, and int8 codes
``svs``                float32, built once or growing; LVQ and LeanVec codes on Intel CPUs
``vsag``               float32, and 8-bit or 4-bit codes reordered by float32
``glass``              float32, and 8-bit or 4-bit codes refined by float32
``ruvector``           float32
``turbovec``           a scan of 4-bit codes
``sqlite_vec``         the exact scan
``quiet``              keeps what a library prints away from our output
=====================  ==================================================================
"""

from .catalogue import PEERS, by_name

__all__ = ["PEERS", "by_name"]
