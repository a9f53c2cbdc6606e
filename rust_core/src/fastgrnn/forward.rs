//! One step of the FastGRNN cell (arXiv 1901.02358, equation 6) and of the router's heads, in f32.

use super::matrix::{add_rows, sigmoid};
use super::weights::{FastGrnn, OUTPUTS};
use crate::error::{Error, Result};

const MAX_TEMPERATURE: f32 = 1.5;

/// The output of one step: the new hidden state and the heads' values.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// New hidden state, with which the next step of the same conversation starts.
    pub hidden: Vec<f32>,
    /// One logit for each of the router's four models, smallest model first.
    pub model_logits: [f32; 4],
    /// Logits of the four context sizes: tiny, small, medium and large.
    pub context_logits: [f32; 4],
    /// Three logits that no router reads yet.
    pub plan_logits: [f32; 3],
    /// Sampling temperature in [0, 1.5].
    pub temperature: f32,
    /// Probability mass of nucleus sampling in [0.7, 1].
    pub top_p: f32,
    /// Probability that the drafted answer must be redone by a larger model.
    pub escalate: f32,
}

impl FastGrnn {
    /// Runs the cell once on `features`, starting from the hidden state `hidden`.
    ///
    /// `None` stands for a state of zeros.
    ///
    /// # Errors
    /// [`Error::Dimension`] or [`Error::Length`] for a wrong length, [`Error::NotFinite`] for NaN or infinity in the
    /// features (row 0) or the hidden state (row 1), [`Error::Parameter`] when finite input is so large that the sums
    /// overflow.
    pub fn step(&self, features: &[f32], hidden: Option<&[f32]>) -> Result<Step> {
        self.check(features, hidden)?;
        let mut state = hidden.map_or_else(|| vec![0.0; self.hidden_dim()], <[f32]>::to_vec);
        let y = self.advance(features, hidden.is_some(), &mut state, &mut self.scratch())?;
        let [m0, m1, m2, m3, c0, c1, c2, c3, p0, p1, p2, temperature, top_p, escalate] = y;
        Ok(Step {
            hidden: state,
            model_logits: [m0, m1, m2, m3],
            context_logits: [c0, c1, c2, c3],
            plan_logits: [p0, p1, p2],
            temperature,
            top_p,
            escalate,
        })
    }

    /// Runs the cell once on each row of `features [n × input]`.
    ///
    /// Row i starts from row i of `hidden [n × hidden]`; `None` stands for zeros. Returns the hidden states `[n ×
    /// hidden]` and the heads' values `[n × 14]` in the order of their rows.
    ///
    /// # Errors
    /// As [`Self::step`], naming the row; [`Error::Length`] when the last row is incomplete or `hidden` has another
    /// number of rows.
    pub fn steps(&self, features: &[f32], hidden: Option<&[f32]>) -> Result<(Vec<f32>, Vec<f32>)> {
        let (input, width) = (self.input_dim(), self.hidden_dim());
        let n = features.len() / input;
        if n * input != features.len() {
            return Err(Error::Length { what: "features", expected: n * input, got: features.len() });
        }
        if let Some(hidden) = hidden.filter(|hidden| hidden.len() != n * width) {
            return Err(Error::Length { what: "hidden values", expected: n * width, got: hidden.len() });
        }
        let mut states = hidden.map_or_else(|| vec![0.0; n * width], <[f32]>::to_vec);
        let rows = || features.chunks_exact(input);
        if let Some(row) = rows().zip(states.chunks_exact(width)).position(|(x, h)| !finite(x) || !finite(h)) {
            return Err(Error::NotFinite { row });
        }
        let mut heads = Vec::with_capacity(n * OUTPUTS);
        let mut scratch = self.scratch();
        for (row, state) in rows().zip(states.chunks_exact_mut(width)) {
            heads.extend(self.advance(row, hidden.is_some(), state, &mut scratch)?);
        }
        Ok((states, heads))
    }

    /// Returns a buffer with room for x, W x + U h and the low-rank products.
    fn scratch(&self) -> Vec<f32> {
        vec![0.0; self.input_dim() + self.hidden_dim() + self.w.rank().max(self.u.rank())]
    }

    /// Advances `state` by one step and returns the heads' values. `carried` is false if the state is all zeros.
    fn advance(
        &self,
        features: &[f32],
        carried: bool,
        state: &mut [f32],
        scratch: &mut [f32],
    ) -> Result<[f32; OUTPUTS]> {
        let (x, rest) = scratch.split_at_mut(self.input_dim());
        let (pre, inner) = rest.split_at_mut(self.hidden_dim());
        for (((x, feature), mean), std) in x.iter_mut().zip(features).zip(&self.mean).zip(&self.std) {
            *x = (feature - mean) / std;
        }
        pre.fill(0.0);
        self.w.add_product(x, inner, pre);
        if carried {
            self.u.add_product(state, inner, pre);
        }
        let (zeta, nu) = self.blend();
        for (((h, pre), b_z), b_h) in state.iter_mut().zip(&*pre).zip(&self.b_z).zip(&self.b_h) {
            let z = sigmoid(pre + b_z);
            *h = (zeta * (1.0 - z) + nu) * (pre + b_h).tanh() + z * *h;
        }
        let mut y = [0.0; OUTPUTS];
        add_rows(&self.heads, state, &mut y);
        for (y, bias) in y.iter_mut().zip(&self.bias) {
            *y += bias;
        }
        if !finite(state) || !finite(&y) {
            return Err(Error::Parameter {
                what: "features and hidden state must be small enough for sums in f32",
                got: "an overflow".into(),
            });
        }
        let [.., temperature, top_p, escalate] = &mut y;
        *temperature = softplus(*temperature).min(MAX_TEMPERATURE);
        *top_p = 0.7 + 0.3 * sigmoid(*top_p);
        *escalate = sigmoid(*escalate);
        Ok(y)
    }

    fn check(&self, features: &[f32], hidden: Option<&[f32]>) -> Result<()> {
        if features.len() != self.input_dim() {
            return Err(Error::Dimension { expected: self.input_dim(), got: features.len() });
        }
        let width = self.hidden_dim();
        if let Some(hidden) = hidden.filter(|hidden| hidden.len() != width) {
            return Err(Error::Length { what: "hidden values", expected: width, got: hidden.len() });
        }
        match [features, hidden.unwrap_or_default()].iter().position(|values| !finite(values)) {
            Some(row) => Err(Error::NotFinite { row }),
            None => Ok(()),
        }
    }
}

fn finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// Returns ln(1 + eˣ), without overflow for large x.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Writer, frame};

    /// Builds a network with feature table 1, one input and one hidden value; every head computes `head · h + bias`.
    fn tiny([w, u, b_z, b_h, zeta, nu]: [f32; 6], head: f32, bias: f32) -> FastGrnn {
        let mut writer = Writer::default();
        writer.put_u32s(&[1, 1, 1, 0, 0, 0]);
        writer.put_f32s(&[1.0, 2.0, w, u, b_z, b_h, zeta, nu]);
        writer.put_f32s(&[head; OUTPUTS]);
        writer.put_f32s(&[bias; OUTPUTS]);
        writer.put_u32(0);
        FastGrnn::from_bytes(&frame(*b"SNDRGRNN", 3, &writer.into_inner())).unwrap()
    }

    #[test]
    fn one_unit_follows_the_equations() {
        let net = tiny([0.5, -0.25, 0.1, -0.2, 1.0, -4.0], 2.0, 0.5);
        let (x, h) = ((4.0 - 1.0) / 2.0, 0.3f64);
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let pre = 0.5 * x - 0.25 * h;
        let z = logistic(pre + 0.1);
        let expected = (logistic(1.0) * (1.0 - z) + logistic(-4.0)) * (pre - 0.2).tanh() + z * h;
        let step = net.step(&[4.0], Some(&[0.3])).unwrap();
        // About twenty operations on values below 2, each within one unit of 2⁻²³.
        let close = |got: f32, expected: f64| assert!((f64::from(got) - expected).abs() < 20.0 * 1.2e-7, "{got}");
        close(step.hidden[0], expected);
        let y = 2.0 * expected + 0.5;
        let logits = step.model_logits.iter().chain(&step.context_logits).chain(&step.plan_logits);
        logits.for_each(|logit| close(*logit, y));
        close(step.temperature, y.exp().ln_1p());
        close(step.top_p, 0.7 + 0.3 * logistic(y));
        close(step.escalate, logistic(y));
    }

    #[test]
    fn no_hidden_state_is_a_state_of_zeros() {
        let net = tiny([0.5, -0.25, 0.1, -0.2, 1.0, -4.0], 2.0, 0.5);
        assert_eq!(net.step(&[4.0], None), net.step(&[4.0], Some(&[0.0])));
    }

    #[test]
    fn many_rows_are_as_each_by_itself() {
        let net = tiny([0.5, -0.25, 0.1, -0.2, 1.0, -4.0], 2.0, 0.5);
        let (first, _) = net.steps(&[4.0, -1.0, 0.0], None).unwrap();
        let (states, heads) = net.steps(&[1.0, 2.0, 3.0], Some(&first)).unwrap();
        for (row, feature) in [1.0, 2.0, 3.0].iter().enumerate() {
            let step = net.step(&[*feature], Some(&first[row..=row])).unwrap();
            assert_eq!(states[row..=row], step.hidden);
            assert_eq!(heads[OUTPUTS * row..][..4], step.model_logits);
            assert_eq!(heads[OUTPUTS * row + 11..][..3], [step.temperature, step.top_p, step.escalate]);
        }
        assert_eq!(first[0], net.step(&[4.0], None).unwrap().hidden[0]);
        assert_eq!(net.steps(&[], None), Ok((vec![], vec![])));
        assert_eq!(net.steps(&[0.0, f32::NAN], None), Err(Error::NotFinite { row: 1 }));
        assert!(matches!(net.steps(&[0.0, 0.0], Some(&[0.0])), Err(Error::Length { expected: 2, got: 1, .. })));
    }

    #[test]
    fn heads_stay_in_their_ranges_at_both_ends() {
        for (bias, temperature, top_p, escalate) in [(200.0, 1.5, 1.0, 1.0), (-200.0, 0.0, 0.7, 0.0)] {
            let step = tiny([0.0; 6], 0.0, bias).step(&[0.0], None).unwrap();
            assert_eq!((step.temperature, step.top_p, step.escalate), (temperature, top_p, escalate));
        }
    }

    #[test]
    fn wrong_input_is_refused() {
        let net = tiny([1.0; 6], 1.0, 0.0);
        assert_eq!(net.step(&[], None), Err(Error::Dimension { expected: 1, got: 0 }));
        let long = Err(Error::Length { what: "hidden values", expected: 1, got: 2 });
        assert_eq!(net.step(&[0.0], Some(&[0.0; 2])), long);
        assert_eq!(net.step(&[f32::NAN], None), Err(Error::NotFinite { row: 0 }));
        assert_eq!(net.step(&[0.0], Some(&[f32::INFINITY])), Err(Error::NotFinite { row: 1 }));
        let loud = tiny([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], f32::MAX, f32::MAX);
        assert!(matches!(loud.step(&[f32::MAX], None), Err(Error::Parameter { .. })));
    }
}
