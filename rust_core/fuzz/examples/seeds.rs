//! Writes the seeds of every fuzz target: small valid files of each shape.
//!
//! Each file was made by the core or read by it once.
//!
//! `cargo run --example seeds` in this folder.

use sanderling_core::attention::Parameters;
use sanderling_core::fastgrnn::{FastGrnn, OUTPUTS};
use sanderling_core::frame::{Writer, frame};
use sanderling_fuzz::{SAMPLES, sample};
use std::fs;
use std::path::Path;

fn main() {
    for layers in [1, 2] {
        write("attention_weights", &format!("prior-{layers}"), &Parameters::prior(layers).unwrap().to_bytes());
    }
    for (number, shape) in (0u8..).zip(SAMPLES) {
        write("snapshot", &format!("{shape:?}"), &sample(shape).to_bytes(5).unwrap());
        write("snapshot_body", &format!("{shape:?}"), &[number]);
        for part in 0..12 {
            // The second word of the part becomes 1.
            write("snapshot_body", &format!("{shape:?} part {part}"), &[number, part, 2, 1, 0, 1, 0, 0, 0]);
        }
    }
    // features, layers, heads, dim, rank, relations, relation_dim
    for shape in [
        [0, 1, 1, 4, 2, 1, 3],
        [3, 2, 2, 4, 2, 1, 3],
        [2, 2, 1, 3, 0, 2, 1],
        [0, 1, 3, 5, 5, 0, 2],
        [5, 1, 4, 0, 0, 4, 1],
    ] {
        write("attention_weights", &format!("{shape:?}"), &attention(shape));
    }
    // input, hidden, rank_w, rank_u
    for shape in [[3, 4, 2, 0], [1, 1, 0, 0], [5, 2, 0, 1], [4, 4, 3, 2]] {
        for encoding in [0, 1] {
            write("fastgrnn_weights", &format!("{shape:?} {encoding}"), &fastgrnn(shape, encoding));
        }
    }
}

fn write(target: &str, name: &str, file: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), file).unwrap();
}

/// Returns `count` values between −1 and 1, none of them 0.
fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7 % 19) as f32 / 10.0 - 0.95).collect()
}

fn attention(shape: [u32; 7]) -> Vec<u8> {
    let [features, layers, heads, dim, rank, relations, relation_dim] = shape.map(|size| size as usize);
    let width = if rank == 0 { dim } else { rank };
    let head = 2 * rank * dim + 3 + features + layers * (1 + relation_dim + 2 * width + 2 * features);
    let mut body = Writer::default();
    body.put_u32(u32::from(features > 0));
    body.put_u32s(&shape);
    body.put_f32s(&values((2 * relations + 1) * relation_dim + features + heads * head));
    let file = frame(*b"SNDRATTN", 2, &body.into_inner());
    Parameters::from_bytes(&file).unwrap();
    file
}

fn fastgrnn(shape: [u32; 4], encoding: u32) -> Vec<u8> {
    let [input, hidden, rank_w, rank_u] = shape.map(|size| size as usize);
    let factors = |columns: usize, rank: usize| match rank {
        0 => vec![(hidden, columns)],
        _ => vec![(hidden, rank), (rank, columns)],
    };
    let mut body = Writer::default();
    // Version of the feature table.
    body.put_u32(1);
    body.put_u32s(&shape);
    body.put_u32(encoding);
    body.put_f32s(&vec![0.0; input]);
    body.put_f32s(&vec![1.0; input]);
    for (rows, columns) in factors(input, rank_w).into_iter().chain(factors(hidden, rank_u)) {
        put_matrix(&mut body, encoding, rows, columns);
    }
    body.put_f32s(&values(2 * hidden + 2));
    put_matrix(&mut body, encoding, OUTPUTS, hidden);
    body.put_f32s(&values(OUTPUTS));
    body.put_u32(2);
    body.put_u8s(b"{}");
    let file = frame(*b"SNDRGRNN", 3, &body.into_inner());
    FastGrnn::from_bytes(&file).unwrap();
    file
}

fn put_matrix(body: &mut Writer, encoding: u32, rows: usize, columns: usize) {
    if encoding == 0 {
        body.put_f32s(&values(rows * columns));
    } else {
        body.put_f32s(&vec![0.01; rows]);
        body.put_u8s(&vec![100; rows * columns]);
    }
}
