"""From the `data` section to batches that the network trains on."""
