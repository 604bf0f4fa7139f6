"""Use cases of the service: whatever a page and a route both do, and what runs behind them."""
