//! Finds entities in a text: runs of two or more capitalised words.

use std::collections::HashSet;

/// What an entity is. The rule itself, with its reasons: `python/sanderling/memory/link/entities.py`.
#[derive(Debug, Clone, Default)]
pub struct Entities {
    /// Words such as "of", which may stand between two capitalised words.
    pub small: HashSet<String>,
    /// Lower-case words that may open a sentence before an entity.
    pub leading: HashSet<String>,
    /// Most small words in a row.
    pub most_small: usize,
}

impl Entities {
    /// Returns the entities in `text` in lower case, each as often as it stands there.
    ///
    /// None for a text with other letters than those of Latin and Cyrillic: in those the caller must look.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Vec<String>> {
        if !text.chars().all(is_known) {
            return None;
        }
        let mut found = Vec::new();
        let (mut run, mut small): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        let (mut at, mut last) = (0, 0);
        while let Some((start, end)) = next_word(text, at) {
            at = end;
            let word = &text[start..end];
            let capital = word.chars().next().is_some_and(char::is_uppercase);
            if run.is_empty() && !capital {
                continue;
            }
            if !run.is_empty() && &text[last..start] != " " {
                self.end(&mut run, &mut small, &mut found);
            }
            if capital {
                run.append(&mut small);
                run.push(word);
            } else if !run.is_empty() && small.len() < self.most_small && self.small.contains(word) {
                small.push(word);
            } else if !run.is_empty() {
                self.end(&mut run, &mut small, &mut found);
            }
            last = end;
        }
        self.end(&mut run, &mut small, &mut found);
        Some(found)
    }

    fn end(&self, run: &mut Vec<&str>, small: &mut Vec<&str>, found: &mut Vec<String>) {
        if run.len() > 1 {
            let words: Vec<String> = run.iter().map(|word| word.to_lowercase()).collect();
            let first = words.iter().position(|word| !self.leading.contains(word)).unwrap_or(words.len());
            if words.len() - first > 1 {
                found.push(words[first..].join(" "));
            }
        }
        run.clear();
        small.clear();
    }
}

/// Whether `letter` is ASCII, a common mark, or a letter of which Python and Rust say the same for all versions of
/// Unicode.
fn is_known(letter: char) -> bool {
    letter.is_ascii()
        || matches!(letter,
            '\u{a0}' | '\u{ab}' | '\u{bb}' | '\u{b0}' | '\u{b7}' | '\u{2013}'..='\u{2026}' | '\u{2032}' | '\u{20ac}' |
            '\u{c0}'..='\u{12f}' | '\u{131}'..='\u{17f}' | '\u{400}'..='\u{45f}')
}

/// Whether Python's `\w` matches `letter`, one of [`is_known`].
fn is_of_word(letter: char) -> bool {
    letter == '_' || letter.is_ascii_digit() || is_letter(letter)
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphabetic() || (letter >= '\u{c0}' && letter.is_alphabetic())
}

/// Returns (start, end) of the first word at or after `from`: two letters or more, or an initial with its full stop.
fn next_word(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut letters = text[from..].char_indices();
    loop {
        let (start, first) = letters.find(|(_, letter)| is_letter(*letter))?;
        let start = from + start;
        let inside = start + first.len_utf8();
        let mut end = None;
        for (at, letter) in text[inside..].char_indices() {
            if is_of_word(letter) {
                end = Some(inside + at + letter.len_utf8());
            } else if !matches!(letter, '\'' | '\u{2019}' | '-') {
                break;
            }
        }
        if let Some(end) = end {
            return Some((start, end));
        }
        if text[inside..].starts_with('.') {
            return Some((start, inside + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entities(text: &str) -> Option<Vec<String>> {
        let set = |words: &str| words.split(' ').map(str::to_owned).collect();
        Entities { small: set("of the and"), leading: set("an in the"), most_small: 2 }.find(text)
    }

    #[test]
    fn runs_of_two_words_and_more() {
        let found =
            entities("In the Port of Spain, J. R. Plum-Kowalski saw Ada O\u{2019}Quay 7 Otter. An Otter").unwrap();
        assert_eq!(found, ["port of spain", "j. r. plum-kowalski", "ada o\u{2019}quay"]);
        assert_eq!(entities("Quay of the of Plum - A-B-").unwrap(), Vec::<String>::new());
        assert_eq!(entities("\u{141}\u{f3}d\u{17a} Kaliska \u{41e}\u{43a}\u{430} \u{412}").unwrap().len(), 1);
        assert_eq!(entities("1Ab Cd_e").unwrap(), ["ab cd_e"]);
        assert!(entities("").unwrap().is_empty());
    }

    #[test]
    fn texts_in_other_letters_are_left_to_the_caller() {
        for text in ["\u{130}stanbul", "x\u{b2}", "\u{1c4}", "\u{3a3}", "\u{6c34}", "e\u{301}"] {
            assert!(entities(text).is_none(), "{text}");
        }
    }

    #[test]
    fn capitals_alone_take_linear_time() {
        assert!(entities(&"A-'".repeat(20_000)).is_some());
    }
}
