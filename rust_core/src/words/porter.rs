//! The stems of English words, as SQLite's full-text search makes them.
//!
//! Porter, "An algorithm for suffix stripping", Program 14 (1980), with the choices of SQLite's tokenizer `porter`:
//! words of fewer than 3 or more than 64 bytes stay as they are, as does a word that ends before a step's suffix.

const LEAST: usize = 3;
const MOST: usize = 64;

/// A condition on the part of a word before a suffix.
type Condition = fn(&[u8]) -> bool;
/// A suffix, its replacement, and the condition for replacing it.
type Rule = (&'static str, &'static str, Condition);

/// Returns the stem of `word`, which consists of lower-case ASCII letters and digits.
#[must_use]
pub fn stem(word: &str) -> String {
    if !(LEAST..=MOST).contains(&word.len()) || !word.is_ascii() {
        return word.to_owned();
    }
    let mut word = word.as_bytes().to_vec();
    plural(&mut word);
    if past(&mut word) && !replace(&mut word, RESTORED) {
        mend(&mut word);
    }
    if let Some((b'y', before)) = word.split_last().map(|(last, before)| (*last, before))
        && has_vowel(before)
    {
        let last = word.len() - 1;
        word[last] = b'i';
    }
    for rules in [SECOND, THIRD, FOURTH] {
        replace(&mut word, rules);
    }
    last_letters(&mut word);
    String::from_utf8(word).unwrap_or_default()
}

/// Step 1a: drops a plural s.
fn plural(word: &mut Vec<u8>) {
    let n = word.len();
    if word[n - 1] != b's' || word[n - 2] == b's' {
        return;
    }
    let two = word[n - 2] == b'e' && ((n > 4 && word[n - 4..n - 2] == *b"ss") || (n > 3 && word[n - 3] == b'i'));
    word.truncate(if two { n - 2 } else { n - 1 });
}

/// Step 1b: drops ed and ing; returns whether it did.
fn past(word: &mut Vec<u8>) -> bool {
    let n = word.len();
    if n > 3 && word.ends_with(b"eed") {
        if measured(&word[..n - 3]) {
            word.truncate(n - 1);
        }
        return false;
    }
    let suffix = if n > 2 && word.ends_with(b"ed") {
        2
    } else if n > 3 && word.ends_with(b"ing") {
        3
    } else {
        return false;
    };
    let found = has_vowel(&word[..n - suffix]);
    if found {
        word.truncate(n - suffix);
    }
    found
}

/// Ends step 1b: undoes the doubling before the ending, or restores the e that the ending replaced.
fn mend(word: &mut Vec<u8>) {
    let n = word.len();
    let last = word[n - 1];
    if !is_vowel(last, false) && !matches!(last, b'l' | b's' | b'z') && n > 1 && word[n - 2] == last {
        word.truncate(n - 1);
    } else if measured_once(word) && is_short(word) {
        word.push(b'e');
    }
}

/// Step 5: drops a final e, and one l of a final ll.
fn last_letters(word: &mut Vec<u8>) {
    let n = word.len();
    if word[n - 1] == b'e' {
        let before = &word[..n - 1];
        if measured_twice(before) || (measured_once(before) && !is_short(before)) {
            word.truncate(n - 1);
        }
    }
    let n = word.len();
    if word.ends_with(b"ll") && measured_twice(&word[..n - 1]) {
        word.truncate(n - 1);
    }
}

/// Applies the first of `rules` whose suffix fits, if its condition holds; returns whether it was applied.
fn replace(word: &mut Vec<u8>, rules: &[Rule]) -> bool {
    for (suffix, other, condition) in rules {
        if word.len() > suffix.len() && word.ends_with(suffix.as_bytes()) {
            let kept = word.len() - suffix.len();
            let fits = condition(&word[..kept]);
            if fits {
                word.truncate(kept);
                word.extend_from_slice(other.as_bytes());
            }
            return fits;
        }
    }
    false
}

const RESTORED: &[Rule] = &[("at", "ate", always), ("bl", "ble", always), ("iz", "ize", always)];
const SECOND: &[Rule] = &[
    ("ational", "ate", measured),
    ("tional", "tion", measured),
    ("enci", "ence", measured),
    ("anci", "ance", measured),
    ("izer", "ize", measured),
    ("logi", "log", measured),
    ("bli", "ble", measured),
    ("alli", "al", measured),
    ("entli", "ent", measured),
    ("eli", "e", measured),
    ("ousli", "ous", measured),
    ("ization", "ize", measured),
    ("ation", "ate", measured),
    ("ator", "ate", measured),
    ("alism", "al", measured),
    ("iveness", "ive", measured),
    ("fulness", "ful", measured),
    ("ousness", "ous", measured),
    ("aliti", "al", measured),
    ("iviti", "ive", measured),
    ("biliti", "ble", measured),
];
const THIRD: &[Rule] = &[
    ("ical", "ic", measured),
    ("ness", "", measured),
    ("icate", "ic", measured),
    ("iciti", "ic", measured),
    ("ful", "", measured),
    ("ative", "", measured),
    ("alize", "al", measured),
];
const FOURTH: &[Rule] = &[
    ("al", "", measured_twice),
    ("ance", "", measured_twice),
    ("ence", "", measured_twice),
    ("er", "", measured_twice),
    ("ic", "", measured_twice),
    ("able", "", measured_twice),
    ("ible", "", measured_twice),
    ("ant", "", measured_twice),
    ("ement", "", measured_twice),
    ("ment", "", measured_twice),
    ("ent", "", measured_twice),
    ("ion", "", measured_twice_after_s_or_t),
    ("ou", "", measured_twice),
    ("ism", "", measured_twice),
    ("ate", "", measured_twice),
    ("iti", "", measured_twice),
    ("ous", "", measured_twice),
    ("ive", "", measured_twice),
    ("ize", "", measured_twice),
];

fn always(_: &[u8]) -> bool {
    true
}

/// Whether `letter` is a vowel; y is one after a consonant.
fn is_vowel(letter: u8, after_consonant: bool) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u') || (letter == b'y' && after_consonant)
}

/// Returns the length of the part up to the first consonant after a vowel; 0 if there is none.
fn turn(word: &[u8], after_consonant: bool) -> usize {
    let mut consonant = after_consonant;
    let mut vowel = false;
    for (at, letter) in word.iter().enumerate() {
        consonant = !is_vowel(*letter, consonant);
        if vowel && consonant {
            return at + 1;
        }
        vowel |= !consonant;
    }
    0
}

/// Whether a consonant follows a vowel: Porter's m > 0.
fn measured(word: &[u8]) -> bool {
    turn(word, false) > 0
}

/// Whether Porter's m > 1.
fn measured_twice(word: &[u8]) -> bool {
    let first = turn(word, false);
    first > 0 && turn(&word[first..], true) > 0
}

/// Whether Porter's m = 1.
fn measured_once(word: &[u8]) -> bool {
    let first = turn(word, false);
    first > 0 && turn(&word[first..], true) == 0
}

fn measured_twice_after_s_or_t(word: &[u8]) -> bool {
    matches!(word.last(), Some(b's' | b't')) && measured_twice(word)
}

fn has_vowel(word: &[u8]) -> bool {
    word.iter().enumerate().any(|(at, letter)| is_vowel(*letter, at > 0))
}

/// Whether `word` ends in consonant, vowel, consonant, the last not w, x or y: Porter's *o.
fn is_short(word: &[u8]) -> bool {
    if matches!(word.last(), None | Some(b'w' | b'x' | b'y')) {
        return false;
    }
    let mut consonant = false;
    let consonants: Vec<bool> = word
        .iter()
        .map(|letter| {
            consonant = !is_vowel(*letter, consonant);
            consonant
        })
        .collect();
    consonants.ends_with(&[true, false, true])
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn words_are_cut_as_porter_cuts_them() {
        let pairs = [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("ties", "ti"),
            ("cats", "cat"),
            ("feed", "feed"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("motoring", "motor"),
            ("sing", "sing"),
            ("conflated", "conflat"),
            ("troubled", "troubl"),
            ("sized", "size"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("hissing", "hiss"),
            ("filing", "file"),
            ("happy", "happi"),
            ("sky", "sky"),
            ("relational", "relat"),
            ("conditional", "condit"),
            ("vietnamization", "vietnam"),
            ("electrical", "electr"),
            ("hopeful", "hope"),
            ("revival", "reviv"),
            ("adoption", "adopt"),
            ("probate", "probat"),
            ("rate", "rate"),
            ("controlling", "control"),
            ("roll", "roll"),
            ("as", "as"),
            ("e1234", "e1234"),
        ];
        for (word, stemmed) in pairs {
            assert_eq!(stem(word), stemmed, "{word}");
        }
    }
}
