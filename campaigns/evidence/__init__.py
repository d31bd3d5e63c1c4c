"""Evidence: what proves an item. Light on purpose: the process that decodes pictures loads it."""
