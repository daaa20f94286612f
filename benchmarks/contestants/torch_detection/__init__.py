"""How a detector is trained in PyTorch: the loss that cnnkeras/tasks/detection/ has, as one writes it by hand."""
