"""Walks the plan: steps in their order, exports side by side, each result in the journal."""
