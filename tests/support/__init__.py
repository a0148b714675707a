"""What tests share: a town to work in and hands to work with."""
