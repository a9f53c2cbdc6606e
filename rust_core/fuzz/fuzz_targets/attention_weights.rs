//! Fuzzes attention parameters: a file is refused, or its parameters can weigh a subgraph and
//! be written as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanderling_core::Error;
use sanderling_core::attention::{Parameters, attend};
use sanderling_core::graph::{Neighbour, Subgraph};
use sanderling_fuzz::sealed_frame;

fuzz_target!(|data: &[u8]| {
    for file in [data.to_vec(), sealed_frame(data)] {
        if let Ok(parameters) = Parameters::from_bytes(&file) {
            assert_eq!(parameters.to_bytes(), file);
            weigh(&parameters);
        }
    }
});

fn weigh(parameters: &Parameters) {
    let Err(Error::Dimension { expected: dim, .. }) = attend(parameters, &[], &[], &[], &Subgraph::default()) else {
        panic!("an empty query was taken");
    };
    let edge = |node, relation, reverse, weight| Neighbour { node, relation, reverse, weight };
    let neighbours = vec![
        edge(1, 0, false, 1.0),
        edge(2, 3, false, f32::MAX),
        edge(0, 0, true, 1e-40),
        edge(0, u16::MAX, true, 2.0),
    ];
    let graph = Subgraph { keys: vec![5, 6, 7], offsets: vec![0, 2, 3, 4], neighbours, depth_touched: 1 };
    let vectors: Vec<f32> = (0..3 * dim).map(|i| [1.0, -2.0, 0.5, 0.0, 4.0][i % 5] + (i / dim) as f32).collect();
    // No vector here is zero, and all are far from 1e-15 and 1e13 long, so nothing may be refused.
    let features: Vec<f32> = (0..3 * parameters.features()).map(|i| [0.5, -1.0, 0.0, 1e6][i % 4]).collect();
    let attended = attend(parameters, &vectors[dim..2 * dim], &vectors, &features, &graph).unwrap();
    // Each of the three weights is rounded to f32 once, and none is above 1.
    assert!(
        (attended.weights.iter().map(|weight| f64::from(*weight)).sum::<f64>() - 1.0).abs() < 3.0 / (1 << 24) as f64
    );
    // ln 3, rounded up.
    assert!((0.0..1.098_613).contains(&attended.entropy), "{}", attended.entropy);
}
