"""Translator: texts in, what they are in other languages and scripts out."""
