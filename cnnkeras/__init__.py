"""A convolutional network is a JSON file: checked, trained, inspected and served."""
