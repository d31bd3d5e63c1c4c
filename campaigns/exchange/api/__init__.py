"""What programs read: the records, how they are found within a scope, and their description."""
