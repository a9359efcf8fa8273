"""Which colours and materials things in a home are likely to have."""
