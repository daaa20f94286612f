"""Picture files on disk: what is wrong with them, how they are split, and the parts that they become."""
