//! Placeholder until the spec branch is merged.
impl super::Slo {
    /// Digest.
    pub fn indicator_digest(&self) -> String {
        format!("{:?}{:?}", self.indicator, self.group_by)
    }
}
