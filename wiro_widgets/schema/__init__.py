"""What the service says: its models and prices, tasks and frames, answers and refusals.

Reading only: pure, offline, and no input makes it raise anything but our errors.
"""
