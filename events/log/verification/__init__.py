"""Whether a log is what it says: every byte of it, read anew and hashed anew, beside what is known of it elsewhere."""
