"""Parsers of what the service sends: models, prices, tasks, frames and responses.

Pure and offline. No input makes a parser raise anything but a `WiroError`.
"""
