"""The layer types, one class each. `LAYERS` maps the `type` in a file to its class; nothing else registers."""
