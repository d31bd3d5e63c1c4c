"""Safe-construction creation campaigns: the domain, its pages and its commands."""
