"""The language, typed: one declaration per element, and the model that indexes them."""
