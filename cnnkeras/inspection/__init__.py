"""What one looks at: TensorBoard, figures, and the summary on the terminal."""
