"""Who trains: each module is a process that prints one line of JSON."""
