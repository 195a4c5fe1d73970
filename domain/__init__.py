"""What is allowed: pure rules and pure projections. No I/O, no clock, no ids of its own."""
