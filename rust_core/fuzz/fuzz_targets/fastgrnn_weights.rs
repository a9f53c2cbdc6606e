//! Fuzzes FastGRNN weights: a file is refused, or its weights can compute two steps.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanderling_core::Error;
use sanderling_core::fastgrnn::{FastGrnn, Step};
use sanderling_fuzz::sealed_frame;

fuzz_target!(|data: &[u8]| {
    for file in [data.to_vec(), sealed_frame(data)] {
        if let Ok(weights) = FastGrnn::from_bytes(&file) {
            let features: Vec<f32> = (0..weights.input_dim()).map(|i| i as f32 - 1.5).collect();
            let first = step(&weights, &features, None);
            first.and_then(|first| step(&weights, &features, Some(&first.hidden)));
        }
    }
});

/// Computes one step, or returns `None` if its sums overflow.
///
/// Valid input may be refused for no other reason.
fn step(weights: &FastGrnn, features: &[f32], hidden: Option<&[f32]>) -> Option<Step> {
    match weights.step(features, hidden) {
        Ok(step) => {
            assert!(step.hidden.len() == weights.hidden_dim() && step.hidden.iter().all(|value| value.is_finite()));
            assert!((0.0..=1.5).contains(&step.temperature) && (0.7..=1.0).contains(&step.top_p));
            assert!((0.0..=1.0).contains(&step.escalate));
            Some(step)
        }
        Err(Error::Parameter { .. }) => None,
        Err(other) => panic!("{other}"),
    }
}
