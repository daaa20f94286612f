"""The sources of pictures and labels."""
