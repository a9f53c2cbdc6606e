"""Files and storage media: locks, atomic writes, permissions, SQLite files.

====================  ================================================================================
``files.py``          kinds and permissions of files: regular or not, readable by others or not
``whole_file.py``     atomic writes, which replace a file as a whole or not at all
``filelock.py``       a lock between processes around a small file
``medium.py``         SQLite files opened for writing where possible, else read-only
``sqlite_schema.py``  schemas of SQLite files compared with the expected ones, before they are used
====================  ================================================================================
"""
