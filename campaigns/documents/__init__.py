"""Documents: tables that come in as Excel or CSV files, and tables that go out as such."""
