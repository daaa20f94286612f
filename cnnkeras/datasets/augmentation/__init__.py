"""Random changes to the pictures of training, with their masks and boxes: what `data.augmentation` asks for."""
