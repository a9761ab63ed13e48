"""A local server in place of the service: its wire protocol, its stages, real H.264 clips.

Run it with ``python -m wiro_widgets.sandbox``; ``docs/sandbox.md`` lists the differences.
"""
