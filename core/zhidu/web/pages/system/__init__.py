"""Pages of the system administrator: the installation, outside any company."""
