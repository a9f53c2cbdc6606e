//! Measures how shared names tie candidates to anchors. Names that open the candidate's title are also measured
//! separately.

use crate::error::{Error, Result};

/// For each of several names, the nodes that have that name.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// For each name, the number of nodes that have it and the worth of sharing it.
    pub names: &'a [(usize, f64)],
    /// The nodes of all names, one name after another.
    pub keys: &'a [u64],
    /// For each of `keys`, 1 if the name opens the title of that node, else 0.
    pub opens: &'a [u8],
}

/// Returns how closely shared names tie n candidates to m anchors, as three arrays of m × n. They are: the largest
/// worth of a name that both have, the sum over all such names, and the largest worth of a name that opens the
/// candidate's title.
///
/// `anchors` has each anchor's names as places in `named.names`. Where `own` is true, of m × n, nothing ties the two.
///
/// # Errors
/// [`Error::Length`] for arrays that do not fit each other, [`Error::Parameter`] for a name that is not there.
pub fn ties(candidates: &[u64], own: &[bool], named: &Named<'_>, anchors: &[Vec<usize>]) -> Result<Vec<f64>> {
    let (n, m) = (candidates.len(), anchors.len());
    let nodes = named.names.iter().fold(0usize, |sum, (count, _)| sum.saturating_add(*count));
    for (what, expected, got) in [
        ("nodes of names", nodes, named.keys.len()),
        ("values of opens", nodes, named.opens.len()),
        ("values of own", m * n, own.len()),
    ] {
        if expected != got {
            return Err(Error::Length { what, expected, got });
        }
    }
    let mut places: Vec<(u64, usize)> = candidates.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let place = |key: u64| places.binary_search_by_key(&key, |place| place.0).ok().map(|at| places[at].1);
    let mut rest = named.keys.iter().zip(named.opens);
    let held: Vec<Vec<(usize, bool)>> = named
        .names
        .iter()
        .map(|(count, _)| {
            let nodes = rest.by_ref().take(*count);
            nodes.filter_map(|(key, opens)| Some((place(*key)?, *opens == 1))).collect()
        })
        .collect();
    let mut found = vec![0.0; 3 * m * n];
    let (name, others) = found.split_at_mut(m * n);
    let (sum, in_title) = others.split_at_mut(m * n);
    for (at, names) in anchors.iter().enumerate() {
        for of in names {
            let (Some(held), Some((_, worth))) = (held.get(*of), named.names.get(*of)) else {
                let got = format!("name {of} of {}", named.names.len());
                return Err(Error::Parameter { what: "an anchor's names must be among those given", got });
            };
            for (place, opens) in held.iter().map(|(place, opens)| (at * n + place, *opens)).filter(|at| !own[at.0]) {
                name[place] = worth.max(name[place]);
                sum[place] += worth;
                if opens {
                    in_title[place] = worth.max(in_title[place]);
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: Named<'_> = Named { names: &[(2, 0.5), (1, 0.25)], keys: &[7, 9, 9], opens: &[0, 1, 0] };

    #[test]
    fn by_hand() {
        // The second anchor is of one document with node 9.
        let own = [false, false, false, true, false, false];
        let found = ties(&[9, 3, 7], &own, &NAMED, &[vec![0, 1], vec![0]]).unwrap();
        let rows: Vec<&[f64]> = found.chunks(3).collect();
        assert_eq!(rows[..2], [[0.5, 0.0, 0.5], [0.0, 0.0, 0.5]]);
        assert_eq!(rows[2..4], [[0.75, 0.0, 0.5], [0.0, 0.0, 0.5]]);
        assert_eq!(rows[4..], [[0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(ties(&[9], &[false], &NAMED, &[vec![2]]).is_err());
        assert!(ties(&[9], &[], &NAMED, &[vec![0]]).is_err());
        assert!(ties(&[9], &[false], &Named { keys: &[7], ..NAMED }, &[vec![0]]).is_err());
        assert!(ties(&[], &[], &Named { names: &[(usize::MAX, 1.0), (1, 1.0)], ..NAMED }, &[]).is_err());
        assert!(ties(&[], &[], &Named { names: &[], keys: &[], opens: &[] }, &[]).unwrap().is_empty());
    }
}
