"""The architecture as a drawing: layers and foldable blocks in rows and columns, and the lines between them.

Rows, columns and lanes are decided here; the browser gives them their sizes and draws the lines, anew whenever a
block is folded. A block takes what its use takes and gives what its last layer gives, so that the layers inside it
are laid out by themselves, and folding it moves no line outside.
"""
