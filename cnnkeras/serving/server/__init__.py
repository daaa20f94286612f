"""Asks a running TF Serving the questions that its export was proved on. Nothing here answers in its place."""
