"""What was fetched: kept in memory and on disk, read back, reported on."""
