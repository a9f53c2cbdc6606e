//! Tests the word table against an obvious one over generated histories, and loading files of any content.

use proptest::prelude::*;
use sanderling_core::snapshot::Writer;
use sanderling_core::words::WordTable;
use std::collections::BTreeMap;

/// Terms of each node, one list for each column.
type Node = [Vec<String>; 2];

/// The obvious table: all nodes with their terms.
#[derive(Default)]
struct Naive(BTreeMap<u64, (String, Node)>);

impl Naive {
    fn find(&self, phrase: &[&str], limit: usize) -> Vec<u64> {
        let has = |column: &Vec<String>| column.windows(phrase.len()).any(|words| words == phrase);
        let nodes = self.0.iter().filter(|(_, (_, node))| !phrase.is_empty() && node.iter().any(has));
        nodes.map(|(key, _)| *key).take(limit).collect()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Add(Vec<Node>),
    Remove(Vec<u8>),
    Reload,
}

fn node() -> impl Strategy<Value = Node> {
    let column = || prop::collection::vec(prop::sample::select(vec!["a", "ab", "b", "bc", "é"]), 0..6);
    [column(), column()].prop_map(|columns| columns.map(|words| words.into_iter().map(str::to_owned).collect()))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        // So many at times that lists have skips.
        prop::collection::vec(node(), 0..8).prop_map(Step::Add),
        prop::collection::vec(node(), 290..300).prop_map(Step::Add),
        prop::collection::vec(any::<u8>(), 0..5).prop_map(Step::Remove),
        Just(Step::Reload),
    ]
}

fn add(table: &mut WordTable, naive: &mut Naive, nodes: Vec<Node>, next: &mut u64) {
    let keys: Vec<u64> = nodes.iter().zip(*next..).map(|(_, key)| key * 3).collect();
    *next += nodes.len() as u64;
    let titles: Vec<String> = keys.iter().map(|key| format!("title {}", key % 4)).collect();
    table.extend(&keys, &titles.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let mut places: BTreeMap<&str, String> = BTreeMap::new();
    for (key, node) in keys.iter().zip(&nodes) {
        for (column, words) in node.iter().enumerate() {
            for (at, word) in words.iter().enumerate() {
                *places.entry(word).or_default() += &format!("{key} {} ", 4 * at + column);
            }
        }
    }
    places.iter().for_each(|(term, places)| table.put(term, places).unwrap());
    naive.0.extend(keys.into_iter().zip(titles.into_iter().zip(nodes)));
}

fn compare(table: &WordTable, naive: &Naive) {
    assert_eq!(table.len(), naive.0.len());
    let phrases: [&[&str]; 8] = [&["a"], &["b"], &["é"], &["a", "b"], &["a", "a"], &["b", "bc", "a"], &["c"], &[]];
    for phrase in phrases {
        let expected = naive.find(phrase, usize::MAX);
        assert_eq!(table.count(phrase).unwrap(), expected.len(), "{phrase:?}");
        assert_eq!(table.find(phrase, usize::MAX).unwrap(), expected, "{phrase:?}");
        assert_eq!(table.find(phrase, 2).unwrap(), naive.find(phrase, 2), "{phrase:?}");
    }
    let (a, b) = (naive.find(&["a"], usize::MAX), naive.find(&["b", "b"], usize::MAX));
    let (keys, has) = table.having(&[vec![vec!["a"], vec!["b", "b"]], vec![vec!["a"]], vec![]]).unwrap();
    assert!(keys.iter().all(|key| a.contains(key) || b.contains(key)) && keys.is_sorted_by(|a, b| a < b));
    let in_a: Vec<bool> = keys.iter().map(|key| a.contains(key)).collect();
    assert_eq!(has, [vec![true; keys.len()], in_a, vec![false; keys.len()]].concat());
    let both = |key: &u64| ["b", "bc"].iter().any(|term| naive.find(&[term], usize::MAX).contains(key));
    let beginning: Vec<u64> = naive.0.keys().copied().filter(both).collect();
    assert_eq!(table.beginning("b").unwrap(), beginning);
    let asked: Vec<u64> = naive.0.keys().copied().chain([1]).collect();
    let titles = naive.0.values().map(|(title, _)| Some(title.clone())).chain([None]).collect::<Vec<_>>();
    assert_eq!(table.titles(&asked).unwrap(), titles);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_history_gives_what_the_obvious_table_gives(steps in prop::collection::vec(step(), 0..8)) {
        let (mut table, mut naive, mut next) = (WordTable::default(), Naive::default(), 1);
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Add(nodes) => add(&mut table, &mut naive, nodes, &mut next),
                Step::Remove(chosen) => {
                    let all: Vec<u64> = naive.0.keys().copied().collect();
                    let keys: Vec<u64> = chosen.iter().filter_map(|at| all.get(*at as usize).copied()).collect();
                    let before = naive.0.len();
                    naive.0.retain(|key, _| !keys.contains(key));
                    assert_eq!(table.remove(&[keys, vec![2]].concat()), before - naive.0.len());
                }
                Step::Reload => {
                    let file = table.to_bytes(number as u64).unwrap();
                    let (loaded, generation) = WordTable::from_bytes(&file).unwrap();
                    assert_eq!(generation, number as u64);
                    table = loaded;
                }
            }
            compare(&table, &naive);
        }
    }

    #[test]
    fn files_of_any_sections_are_refused_or_work(
        keys: Vec<u64>, numbers in prop::collection::vec(prop::collection::vec(0u32..9, 0..6), 4),
        texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 3),
    ) {
        let mut out = Writer::new(Vec::new(), *b"SNDRWRD\0", 1).unwrap();
        out.section(&[&keys[..]]).unwrap();
        out.section(&[&numbers[0][..]]).unwrap();
        for (numbers, bytes) in numbers[1..].iter().zip(&texts) {
            out.section(&[&numbers[..]]).unwrap();
            out.section(&[&bytes[..]]).unwrap();
        }
        let file = out.finish(1, &[]).unwrap();
        if let Ok((table, _)) = WordTable::from_bytes(&file) {
            let _ = (table.find(&["a", "b"], 9), table.count(&["a"]), table.beginning(""), table.titles(&keys));
            let _ = table.to_bytes(2);
        }
    }

    #[test]
    fn a_changed_file_is_refused_or_found_damaged(at: prop::sample::Index, bit in 0u8..8) {
        let (mut table, mut naive, mut next) = (WordTable::default(), Naive::default(), 1);
        let words = ["a".to_owned(), "b".to_owned()];
        add(&mut table, &mut naive, vec![[words.to_vec(), words.to_vec()]; 40], &mut next);
        let mut file = table.to_bytes(1).unwrap();
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        // Zeros between sections have no checksum.
        if let Ok((table, _)) = WordTable::from_bytes(&file)
            && let Ok(found) = table.find(&["a"], 99)
        {
            prop_assert_eq!(found, naive.find(&["a"], 99));
        }
    }
}

#[test]
fn a_removed_node_leaves_no_word_in_the_file() {
    let mut table = WordTable::default();
    table.extend(&[1, 2], &["Otter", "Xylophone"]).unwrap();
    table.put("otter", "1 0").unwrap();
    table.put("zeppelin", "2 1").unwrap();
    assert_eq!(table.remove(&[2]), 1);
    let file = table.to_bytes(0).unwrap();
    let holds = |word: &[u8]| file.windows(word.len()).any(|bytes| bytes == word);
    assert!(holds(b"otter") && !holds(b"zeppelin") && !holds(b"Xylophone"));
}

#[test]
fn wrong_arguments_are_refused() {
    let mut table = WordTable::default();
    table.extend(&[5, 6], &["", ""]).unwrap();
    for keys in [&[6u64, 7][..], &[9, 8], &[5]] {
        assert!(table.extend(keys, &vec![""; keys.len()]).is_err());
    }
    assert!(table.extend(&[7], &[]).is_err());
    for places in ["", "5", "5 x", "6 0 5 0", "7 0", "-1 0"] {
        assert!(table.put("a", places).is_err(), "{places}");
    }
}
