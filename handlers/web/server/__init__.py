"""The pages' server: sessions, limits, proxies, forms sent again, what is begun."""
