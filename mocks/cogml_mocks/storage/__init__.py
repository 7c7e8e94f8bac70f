"""Blob storage: the containers a batch of series is read from."""
