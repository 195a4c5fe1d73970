"""Time acting: what is due, raising it, delivering it."""
