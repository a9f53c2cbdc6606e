//! Finds names in a text: runs of capitalised words.

use std::collections::HashSet;

/// What a name is. Runs of capitalised words with at most two `small` words between them, without the words of `opening`
/// at both ends.
#[derive(Debug, Clone, Default)]
pub struct Capitals {
    /// Words such as "of", which may stand between two capitalised words.
    pub small: HashSet<String>,
    /// Lower-case words that are capitalised only because they open a sentence.
    pub opening: HashSet<String>,
    /// Letters and digits of the shortest name.
    pub least_letters: usize,
    /// Words that are kept of a name.
    pub most_words: usize,
}

impl Capitals {
    /// Returns the first `most` names in `text`, each once, as lower-case words joined by blanks, without names made only
    /// of `known` words.
    ///
    /// None for a text with other letters than those of ASCII and the small ones of Latin-1, or with a name whose words
    /// are not simply runs of ASCII letters and digits: in those the caller must look.
    #[must_use]
    pub fn names(&self, text: &str, known: &HashSet<&str>, most: usize) -> Option<Vec<String>> {
        if !text.chars().all(|letter| letter.is_ascii() || is_mark(letter) || is_small(letter)) {
            return None;
        }
        let mut names: Vec<String> = Vec::new();
        let mut from = 0;
        while names.len() < most
            && let Some(start) = text[from..].find(|letter: char| letter.is_ascii_uppercase())
        {
            let end = from + start + self.run(&text[from + start..]);
            let run = &text[from + start..end];
            from = end;
            if is_special(run) || run.contains(is_small) {
                return None;
            }
            let lower = run.to_ascii_lowercase();
            let mut words: Vec<&str> = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
            words.retain(|word| !word.is_empty());
            let first = words.iter().position(|word| !self.opening.contains(*word)).unwrap_or(words.len());
            words.drain(..first);
            while words.last().is_some_and(|word| self.opening.contains(*word)) {
                words.pop();
            }
            let letters: usize = words.iter().map(|word| word.len()).sum();
            if letters >= self.least_letters && !words.iter().all(|word| known.contains(word)) {
                words.truncate(self.most_words);
                let name = words.join(" ");
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Some(names)
    }

    /// Returns the length of the run of capitalised words that `text` begins with.
    fn run(&self, text: &str) -> usize {
        let mut end = word_end(text, 0);
        loop {
            let mut at = blank_end(text, end);
            if at == end {
                return end;
            }
            for _ in 0..2 {
                let token = text[at..].split(is_blank).next().unwrap_or_default();
                let after = blank_end(text, at + token.len());
                if !self.small.contains(token) || after == at + token.len() {
                    break;
                }
                at = after;
            }
            if !text[at..].starts_with(|letter: char| letter.is_ascii_uppercase()) {
                return end;
            }
            end = word_end(text, at);
        }
    }
}

/// Whether `letter` is a mark beyond ASCII that is common in texts and no letter.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{2013}' | '\u{2014}' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{2022}' | '\u{2026}'
    )
}

/// Whether `letter` is a small letter of Latin-1 beyond ASCII.
fn is_small(letter: char) -> bool {
    matches!(letter, '\u{df}'..='\u{f6}' | '\u{f8}'..='\u{ff}')
}

/// Whether Python's `\s` matches the ASCII character `letter`.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r' | '\u{1c}'..='\u{1f}')
}

fn blank_end(text: &str, from: usize) -> usize {
    text[from..].find(|letter| !is_blank(letter)).map_or(text.len(), |at| from + at)
}

/// Returns where the word at `from` ends, which may hold apostrophes and hyphens.
fn word_end(text: &str, from: usize) -> usize {
    let of_word = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '\u{2019}' | '\'' | '-') || is_small(letter)
    };
    text[from..].find(|letter| !of_word(letter)).map_or(text.len(), |at| from + at)
}

/// Whether the words of a text are not simply its runs of ASCII letters and digits, as of "1,200", "E12", "max_size" or
/// a word broken at a line's end. See `python/sanderling/text/searched.py`.
pub(super) fn is_special(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| match bytes[at] {
        b'_' => bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric),
        b'-' => text[at + 1..].trim_start_matches(|letter| letter != '\n' && is_blank(letter)).starts_with('\n'),
        byte if byte.is_ascii_digit() => {
            let before = at > 0 && bytes[at - 1].is_ascii_alphabetic();
            let grouped = || {
                let rest = &text[at + 1..];
                let rest = rest.strip_prefix([',', '.', '\'', '\u{2019}', ' ']).unwrap_or_default();
                rest.len() >= 3 && rest.bytes().take(3).all(|byte| byte.is_ascii_digit())
            };
            before || bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic) || grouped()
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<String>> {
        let set = |words: &str| words.split(' ').map(str::to_owned).collect();
        let capitals = Capitals { small: set("of the"), opening: set("the it in"), least_letters: 4, most_words: 3 };
        capitals.names(text, &HashSet::from(["otter"]), 3)
    }

    #[test]
    fn runs_of_capitalised_words() {
        let found =
            names("In 1914 the Duke of the York-Moor saw Ada O\u{2019}Plum, Al, Otter. In It iPhone; Ada O'Plum")
                .unwrap();
        assert_eq!(found, ["duke of the", "ada o plum", "phone"]);
        assert_eq!(names("Quay of of of Plum of").unwrap(), ["quay", "plum"]);
        assert_eq!(names("Duke of").unwrap(), ["duke"]);
        assert!(names("").unwrap().is_empty());
    }

    #[test]
    fn other_texts_are_left_to_the_caller() {
        for text in ["Caf\u{e9}", "the \u{c9}clair", "Max_Size", "Saint-\nMalo", "Apollo1", "t\u{101}ne"] {
            assert!(names(text).is_none(), "{text}");
        }
        assert_eq!(names("caf\u{e9}s at Quay 1 200").unwrap(), ["quay"]);
        assert!(is_special("1,200") && is_special("2nd") && !is_special("Apollo 11, 12") && !is_special("a-b _ c-"));
    }
}
