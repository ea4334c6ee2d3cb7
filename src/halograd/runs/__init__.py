"""Jobs of the command line, one file each: everything a run reads, prints and writes."""
