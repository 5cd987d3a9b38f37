//! Process entry of `podtime`.

fn main() {}
