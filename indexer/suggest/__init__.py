"""What may have been meant: corrections of what was typed, and how it may go on."""
