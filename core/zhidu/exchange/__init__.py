"""Files in and out: exports now; imports and prints come with their work."""
