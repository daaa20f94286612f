"""From a built model and its data to a trained one: devices, precision, optimizer, callbacks, fit, resume."""
