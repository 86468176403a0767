//! The promised share of good events.

/// A target in [0, 1); 0 promises nothing.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Target(f64);

/// Why a number is no target.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TargetError {
    /// It is not between 0 and 1 but could be meant as a percentage.
    #[error("target {0} is a percentage; write `targetPercent: {0}` or `target: {ratio}`", ratio = percent_as_ratio(*.0))]
    Percentage(f64),
    /// It is outside [0, 1).
    #[error(
        "target {0} is outside [0, 1); write a ratio such as 0.999 (a target of 1 leaves no budget to measure)"
    )]
    Outside(f64),
}

impl Target {
    /// A target from a ratio.
    pub fn new(ratio: f64) -> Result<Self, TargetError> {
        if (0.0..1.0).contains(&ratio) {
            Ok(Self(ratio))
        } else if ratio > 1.0 && ratio < 100.0 {
            Err(TargetError::Percentage(ratio))
        } else {
            Err(TargetError::Outside(ratio))
        }
    }

    /// The ratio, in [0, 1).
    pub fn ratio(self) -> f64 {
        self.0
    }

    /// The share of bad events that is allowed: `1 - target`, from the SRE workbook's definition of the error budget.
    pub fn budget(self) -> f64 {
        1.0 - self.0
    }
}

/// A percentage as the shortest ratio that means it: 99.9 is 0.999, not 0.9990000000000001.
pub fn percent_as_ratio(percent: f64) -> f64 {
    format!("{:.12}", percent / 100.0).parse().unwrap_or(percent / 100.0)
}
