"""Everything that knows Docker: policy, containers, the warm pool, the self-test."""
