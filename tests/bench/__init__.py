"""The benchmark: our pages beside a floor page, on the same server in the same run."""
