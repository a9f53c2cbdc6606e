//! Tests every kernel table that this machine supports against an f64 reference. The lengths are such that loops leave
//! remainders. Sums over codes are integers and must be equal.
//!
//! # The tolerance
//! With unit roundoff `u = 2⁻²⁴` and `γ_k = k·u / (1 − k·u)`, a sum of `n` products in any order, fused or not, differs
//! from the exact sum by at most `γ_n · Σ |a_i·b_i|` (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd
//! ed., section 3.1): every term passes at most one product and `n − 1` additions, and adding to a zero start is exact.
//! A squared difference has one rounding more, which the square doubles: `γ_{n+2} · Σ (a_i − b_i)²`. The reference's
//! own error is the same bound with `u = 2⁻⁵³` and is added. The inputs stay far from underflow.

use super::{Kernels, Plane, available, half, nibbles, scalar};
use proptest::prelude::*;

fn gamma(k: usize, unit: f64) -> f64 {
    k as f64 * unit / (1.0 - k as f64 * unit)
}

fn bound(n: usize) -> f64 {
    gamma(n + 2, 2f64.powi(-24)) + gamma(n + 2, 2f64.powi(-53))
}

/// Checks two kernels of every table against the same sums computed in f64.
///
/// `sums` returns a table's dot product and squared distance of `a` and `b`.
fn check_sums(kind: &str, a: &[f32], b: &[f32], sums: impl Fn(&Kernels) -> [f32; 2]) {
    let wide = || a.iter().zip(b).map(|(x, y)| (f64::from(*x), f64::from(*y)));
    let dot: f64 = wide().map(|(x, y)| x * y).sum();
    let size: f64 = wide().map(|(x, y)| (x * y).abs()).sum();
    let l2: f64 = wide().map(|(x, y)| (x - y) * (x - y)).sum();
    for table in available() {
        let (n, name) = (a.len(), table.name);
        let [got_dot, got_l2] = sums(table).map(f64::from);
        let error = (got_dot - dot).abs();
        assert!(error <= bound(n) * size, "{name} dot of {kind}, n = {n}: {error} > {}", bound(n) * size);
        let error = (got_l2 - l2).abs();
        assert!(error <= bound(n) * l2, "{name} l2_squared of {kind}, n = {n}: {error} > {}", bound(n) * l2);
    }
}

/// Checks the kernels on f32, and on half precision after rounding `b`. Halves are widened exactly, so the same bound
/// holds for the rounded values.
fn check(a: &[f32], b: &[f32]) {
    check_sums("f32", a, b, |table| [(table.dot)(a, b), (table.l2_squared)(a, b)]);
    let halves: Vec<u16> = b.iter().map(|value| half::from_f32(*value)).collect();
    let b: Vec<f32> = halves.iter().map(|bits| half::to_f32(*bits)).collect();
    check_sums("f16", a, &b, |table| [(table.dot_f16)(a, &halves), (table.l2_squared_f16)(a, &halves)]);
}

fn values(n: usize) -> impl Strategy<Value = Vec<f32>> {
    // Multiples of 2⁻²⁰, and their halves of 2⁻²⁴, so that no product or difference comes near the subnormal numbers.
    prop::collection::vec((-(1i32 << 20)..1 << 20).prop_map(|x| x as f32 / (1 << 20) as f32), n)
}

/// Tested lengths: near 4, 8 and 16 lanes, near blocks of 16, 32, 64 and 128 values, embedding sizes, large odd
/// lengths.
const LENGTHS: [usize; 28] =
    [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 24, 31, 32, 33, 40, 63, 64, 65, 127, 128, 129, 383, 384, 1023, 1024, 1537];

fn check_codes(a: &[i8], b: &[i8]) {
    let expected: i64 = a.iter().zip(b).map(|(x, y)| i64::from(*x) * i64::from(*y)).sum();
    for table in available() {
        assert_eq!(i64::from((table.dot_i8)(a, b)), expected, "{} dot_i8, n = {}", table.name, a.len());
    }
}

fn codes(n: usize) -> impl Strategy<Value = Vec<i8>> {
    prop::collection::vec(-127i8..=127, n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_table_agrees_with_f64((a, b) in prop::sample::select(&LENGTHS).prop_flat_map(|n| (values(n), values(n)))) {
        check(&a, &b);
    }

    #[test]
    fn every_table_multiplies_codes((a, b) in prop::sample::select(&LENGTHS).prop_flat_map(|n| (codes(n), codes(n)))) {
        check_codes(&a, &b);
    }
}

#[test]
fn every_length_is_covered() {
    for n in LENGTHS {
        let a: Vec<f32> = (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let b: Vec<f32> = (0..n).map(|i| ((i * 53 % 97) as f32 - 48.0) / 48.0).collect();
        check(&a, &b);
        check(&a, &a);
        // The largest sums of either sign.
        check_codes(&vec![127; n], &vec![127; n]);
        check_codes(&vec![-127; n], &vec![127; n]);
        check_codes(&vec![-127; n], &vec![-127; n]);
    }
    check_codes(&vec![-127; 1 << 16], &vec![-127; 1 << 16]);
}

/// Checks every table's codes and residuals against the definition in f64.
///
/// A product of f32 is off by a 2²⁴th, so a code of 127 by less than 2⁻¹⁶, and the residual, 254 times finer and a
/// difference of two such numbers, by less than a hundredth.
fn check_bytes(values: &[f32]) {
    let round = |table: &Kernels| {
        let mut codes = vec![0; values.len()];
        let largest = (table.round_i8)(values, &mut codes);
        let mut rest = vec![0; values.len()];
        let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        (table.round_rest_i8)(values, &codes, inverse, &mut rest);
        (codes, rest, largest)
    };
    let (codes, rest, largest) = round(&scalar::TABLE);
    assert_eq!(largest, values.iter().fold(0.0, |largest: f32, value| largest.max(value.abs())));
    for ((value, code), rest) in values.iter().zip(&codes).zip(&rest) {
        let exact = if largest > 0.0 { 127.0 * f64::from(*value) / f64::from(largest) } else { 0.0 };
        let left = (exact - f64::from(*code)) * 254.0;
        assert!((exact - f64::from(*code)).abs() <= 0.5 + 1.0 / f64::from(1 << 16), "{value}: {code}");
        assert!((left.clamp(-127.0, 127.0) - f64::from(*rest)).abs() <= 0.51, "{value}: {rest}");
    }
    for table in available() {
        assert_eq!(round(table), (codes.clone(), rest.clone(), largest), "{}, n = {}", table.name, values.len());
    }
}

proptest! {
    #[test]
    fn every_table_rounds_to_bytes(values in (0..100usize).prop_flat_map(values)) {
        check_bytes(&values);
    }
}

#[test]
fn values_that_cannot_be_scaled_round_to_zeros() {
    for value in [0.0, f32::from_bits(1)] {
        for table in available() {
            let mut codes = [0; 40];
            assert_eq!((table.round_i8)(&[value; 40], &mut codes), value, "{}", table.name);
            assert_eq!(codes, [0; 40], "{}", table.name);
        }
    }
    check_bytes(&[1.0, -1.0, 0.5 / 127.0, -0.5 / 127.0, f32::MIN_POSITIVE]);
    for table in available() {
        let refused = std::panic::catch_unwind(|| (table.round_i8)(&[1.0; 65], &mut [0; 64]));
        assert!(refused.is_err(), "{}", table.name);
        let refused = std::panic::catch_unwind(|| (table.round_rest_i8)(&[1.0; 65], &[0; 64], 1.0, &mut [0; 65]));
        assert!(refused.is_err(), "{}", table.name);
    }
}

/// Checks every table against sums and roundings that follow the definition number by number.
fn check_nibbles(codes: &[i8], scale: f32, mean: &[f32], query: &[i8]) {
    let n = mean.len();
    let row = |table: &Kernels| {
        let mut row = vec![0; n / 2];
        let sums = (table.round_i4)(codes, scale, mean, &mut row);
        (row, sums.map(f32::to_bits))
    };
    let (nibbles, sums) = row(&scalar::TABLE);
    let number = |at: usize| {
        let byte = nibbles[at / 128 * 64 + at % 64];
        if at % 128 < 64 { byte & 0x0f } else { byte >> 4 }
    };
    let y: Vec<f32> = (0..n).map(|at| scale * f32::from(codes.get(at).copied().unwrap_or(0)) - mean[at]).collect();
    let step = y.iter().fold(0f32, |largest, y| largest.max(y.abs())) * 0.8 / 7.5;
    for (at, y) in y.iter().enumerate() {
        // Values up to 8 steps away are rounded to the nearest half step that is not whole, and two roundings of f32
        // may shift the border by less than a thousandth of a step. Values beyond are cut off.
        let off = (f32::from(number(at)) - 7.5) * step - y;
        let near = off.abs() <= step * 0.501 || y.abs() >= 7.99 * step && off.signum() != y.signum();
        assert!(near || step == 0.0, "n = {n}, at {at}: {off}");
    }
    let product: i64 = query.iter().enumerate().map(|(at, code)| i64::from(*code) * i64::from(number(at))).sum();
    for table in available() {
        assert_eq!(row(table), (nibbles.clone(), sums), "{} round_i4, n = {n}", table.name);
        assert_eq!(i64::from((table.dot_i4)(query, &nibbles)), product, "{} dot_i4, n = {n}", table.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_table_rounds_to_nibbles_and_multiplies_them(
        (values, mean, query) in prop::sample::select(&[128usize, 256, 384, 1024])
            .prop_flat_map(|n| (prop::sample::select(vec![n, n - 64]), Just(n)))
            .prop_flat_map(|(filled, n)| (codes(filled), values(n), codes(n))),
        scale in prop::sample::select(&[0.0, 1e-30, 0.01, 1.0, 1e15]),
    ) {
        check_nibbles(&values, scale, &mean, &query);
        check_nibbles(&values, scale, &vec![0.0; mean.len()], &query);
    }
}

#[test]
fn nibbles_of_every_length_have_exact_products() {
    for n in [0, 128, 256, 384, 512, 1536, 1 << 16] {
        for code in [-127, 127] {
            check_nibbles(&vec![code; n], 1.0, &vec![0.0; n], &vec![-127; n]);
            check_nibbles(&vec![code; n], 1.0, &vec![0.0; n], &vec![127; n]);
        }
    }
}

#[test]
fn nibble_rows_are_the_single_products() {
    let bytes: Vec<u8> = (0..20 * 192usize).map(|i| (i * 31 % 251) as u8).collect();
    let query: Vec<i8> = (0..384i32).map(|i| (i * 53 % 255 - 127) as i8).collect();
    let slots: Vec<u32> = (0..20).rev().chain([3, 3]).collect();
    for table in available() {
        let mut out = vec![0; slots.len()];
        (table.dot_i4_rows)(&query, split(&bytes, 7 * 192), &slots, &mut out);
        for (slot, got) in slots.iter().zip(out) {
            assert_eq!(got, nibbles::dot(&query, &bytes[*slot as usize * 192..][..192]), "{}", table.name);
        }
        for (query, row) in [(128, 63), (127, 64), (64, 64), (256, 64)] {
            let refused = std::panic::catch_unwind(|| (table.dot_i4)(&vec![0; query], &vec![0; row]));
            assert!(refused.is_err(), "{} {query} {row}", table.name);
            let refused =
                std::panic::catch_unwind(|| (table.round_i4)(&[0; 300], 1.0, &vec![0.0; query], &mut vec![0; row]));
            assert!(refused.is_err(), "{} {query} {row}", table.name);
        }
        let outside = std::panic::catch_unwind(|| (table.dot_i4_rows)(&[0; 128], split(&[0; 128], 64), &[2], &mut [0]));
        assert!(outside.is_err(), "{}", table.name);
    }
}

fn split<T>(plane: &[T], at: usize) -> Plane<'_, T> {
    let (base, tail) = plane.split_at(at.min(plane.len()));
    Plane { base, tail }
}

#[test]
fn rows_are_the_single_products() {
    let n = 67;
    let plane: Vec<f32> = (0..20 * n).map(|i| (i * 31 % 103) as f32 - 51.0).collect();
    let codes: Vec<i8> = plane.iter().map(|value| *value as i8).collect();
    let halves: Vec<u16> = plane.iter().map(|value| half::from_f32(*value)).collect();
    let query = &plane[n..2 * n];
    let slots: Vec<u32> = (0..20).rev().chain([3, 3]).collect();
    let row = |slot: &u32| *slot as usize * n..(*slot as usize + 1) * n;
    for table in available() {
        for count in 0..slots.len() {
            let slots = &slots[..count];
            let (floats, bytes) = (split(&plane, count * n), split(&codes, count * n));
            let halves_plane = split(&halves, count * n);
            let (mut dot, mut l2, mut dot_i8) = (vec![0.0; count], vec![0.0; count], vec![0; count]);
            let (mut dot_f16, mut l2_f16) = (vec![0.0; count], vec![0.0; count]);
            (table.dot_rows)(query, floats, slots, &mut dot);
            (table.l2_squared_rows)(query, floats, slots, &mut l2);
            (table.dot_f16_rows)(query, halves_plane, slots, &mut dot_f16);
            (table.l2_squared_f16_rows)(query, halves_plane, slots, &mut l2_f16);
            (table.dot_i8_rows)(&codes[n..2 * n], bytes, slots, &mut dot_i8);
            for (i, slot) in slots.iter().enumerate() {
                assert_eq!(dot[i], (table.dot)(query, &plane[row(slot)]), "{}", table.name);
                assert_eq!(l2[i], (table.l2_squared)(query, &plane[row(slot)]), "{}", table.name);
                assert_eq!(dot_f16[i], (table.dot_f16)(query, &halves[row(slot)]), "{}", table.name);
                assert_eq!(l2_f16[i], (table.l2_squared_f16)(query, &halves[row(slot)]), "{}", table.name);
                assert_eq!(dot_i8[i], (table.dot_i8)(&codes[n..2 * n], &codes[row(slot)]), "{}", table.name);
            }
        }
        for at in [0, 8, 16] {
            let plane = split(&[0; 16], at);
            let outside = std::panic::catch_unwind(|| (table.dot_i8_rows)(&[0; 8], plane, &[2], &mut [0]));
            assert!(outside.is_err(), "{}", table.name);
        }
    }
}

#[test]
fn slices_of_different_length_are_refused() {
    for table in available() {
        for kernel in [table.dot, table.l2_squared] {
            assert!(std::panic::catch_unwind(|| kernel(&[0.0; 8], &[0.0; 9])).is_err(), "{}", table.name);
        }
        for kernel in [table.dot_f16, table.l2_squared_f16] {
            assert!(std::panic::catch_unwind(|| kernel(&[0.0; 8], &[0; 9])).is_err(), "{}", table.name);
        }
        assert!(std::panic::catch_unwind(|| (table.dot_i8)(&[0; 8], &[0; 9])).is_err(), "{}", table.name);
    }
}
