"""The models of every config file; schemas, defaults and documentation are made from them."""
