"""Values of an organisation's systems, where the user lets them be read; only counts are kept."""
