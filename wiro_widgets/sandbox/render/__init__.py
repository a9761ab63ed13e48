"""Painting pictures and encoding clips, in processes of their own."""
