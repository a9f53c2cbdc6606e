//! Tests FastGRNN against the float64 numpy implementation, on sequences of 1 to 20 steps, at full and at low rank.
//!
//! `tests/golden/make_fastgrnn.py` writes the file; each step carries its tolerance, a bound derived there for f32
//! arithmetic that sums in any order and hands its own hidden state on.

use sanderling_core::fastgrnn::FastGrnn;
use serde_json::Value;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn sequences_agree_with_numpy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/fastgrnn.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let data = unhex(case["weights"].as_str().unwrap());
        let net = FastGrnn::from_bytes(&data).unwrap();
        let steps = case["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 20);
        let mut hidden: Option<Vec<f32>> = None;
        for (t, expected) in steps.iter().enumerate() {
            // Eighths: exact in f32.
            let features: Vec<f32> = numbers(&expected["features"]).iter().map(|value| *value as f32).collect();
            let step = net.step(&features, hidden.as_deref()).unwrap();
            let check = |head: &str, got: &[f32], tolerance: &str| {
                let want = &expected[head];
                let want = want.as_f64().map_or_else(|| numbers(want), |one| vec![one]);
                let tolerance = expected[tolerance].as_f64().unwrap();
                assert_eq!(got.len(), want.len());
                for (got, want) in got.iter().zip(&want) {
                    let stray = (f64::from(*got) - want).abs();
                    assert!(stray <= tolerance, "{} step {t} {head}: {stray:e} > {tolerance:e}", case["name"]);
                }
            };
            check("hidden", &step.hidden, "hidden_tolerance");
            check("model_logits", &step.model_logits, "heads_tolerance");
            check("context_logits", &step.context_logits, "heads_tolerance");
            check("plan_logits", &step.plan_logits, "heads_tolerance");
            check("temperature", &[step.temperature], "heads_tolerance");
            check("top_p", &[step.top_p], "heads_tolerance");
            check("escalate", &[step.escalate], "heads_tolerance");
            hidden = Some(step.hidden);
        }
    }
}
