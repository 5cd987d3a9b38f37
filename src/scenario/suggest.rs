//! 'Did you mean': the known word that a mistyped one is closest to.

/// The candidate that `word` most likely stands for, or `None` where none is close: at most one
/// mistake in three letters (swapped neighbors are one mistake, a wrong case is none). Of equally
/// close ones the first.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let allowed = (folded.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = strsim::damerau_levenshtein(&folded, &candidate.to_lowercase());
        let is_close = distance <= allowed && distance < candidate.chars().count();
        if is_close && candidate != word && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words_are_suggested() {
        let keys = ["startup", "imagePull", "readyAfter", "run", "failure", "at"];
        let cases = [
            ("statrup", Some("startup")),
            ("imagepull", Some("imagePull")),
            ("ImagePulls", Some("imagePull")),
            ("rnu", Some("run")),
            ("readyafter", Some("readyAfter")),
            ("terminate", None),
            ("x", None),
            ("it", Some("at")),
            ("", None),
            ("run", None),
        ];
        for (word, expected) in cases {
            assert_eq!(did_you_mean(word, keys), expected, "{word}");
        }
    }

    #[test]
    fn a_long_word_is_compared_at_small_cost() {
        assert_eq!(did_you_mean(&"x".repeat(100_000), ["run"]), None);
    }
}
