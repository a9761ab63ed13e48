"""Hostile input of every kind, made at random from a seed."""
