"""What is to be sent: a row for each reminder of the log that goes by mail, and what became of it."""
