"""Where sheets are executed: one record at a time, or batches over several processes."""
