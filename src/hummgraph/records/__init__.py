"""Records of the API: models, decoding, checks, quarantine, catalogue."""
