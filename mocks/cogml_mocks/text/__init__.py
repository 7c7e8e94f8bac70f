"""Text Analytics and Language: documents in, analyses out."""
