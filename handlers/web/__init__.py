"""The web door: pages, forms and the members' inbox."""
