"""Speech to text: recordings in, what is said out."""
