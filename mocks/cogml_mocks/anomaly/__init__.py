"""Anomaly Detector: series in, anomalies out."""
