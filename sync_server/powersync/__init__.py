"""PowerSync's wire protocol over the same records: downloads for its client SDKs."""
