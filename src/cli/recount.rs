//! `slo recount`: what a ledger holds of an SLO, counted anew from the source. Works on the database, beside an engine that
//! runs on it or without one.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::Outcome;
use super::options::{Format, Prometheus, Rules, moment};
use super::out::{errln, outln};
use super::serve::DEFAULT_DATABASE;
use super::status::{is_called, known_slo};
use super::token::missing;
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store};
use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::text::counted;
use slo_core::time::Span;
use slo_evaluation::ledger;
use slo_evaluation::recount::{Recounted, recount};
use slo_incidents::access::audit;
use slo_model::budget::Sums;
use slo_model::slo::Slo;
use slo_model::status::{Row, words};

/// What a script can rely on.
const EXIT_STATUS: &str =
    "What the source has no more stays as it is. An engine that runs on the database need not be
stopped: it goes on with the new numbers at its next tick.

Exit status:
  0  it was counted anew, or would be with --dry-run, whether anything changed or not
  2  it could not be: no such SLO, no answer, nothing of it in the source or in the ledger";

#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct Options {
    /// The SLO, by its name, or its name and objective
    #[arg(long, value_name = "SLO")]
    slo: String,
    /// From when on: RFC 3339 or unix seconds
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Until when; as far as the ledger is final when it is not given
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Who does it, for the audit log
    #[arg(long, value_name = "NAME", default_value = "admin")]
    by: String,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    rules: Rules,
    #[arg(help = "The ledger, e.g. sqlite://slo.db or postgres://user@host/slo")]
    #[arg(long, value_name = "URL", default_value = DEFAULT_DATABASE)]
    database: String,
    #[command(flatten)]
    prometheus: Prometheus,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let from = moment(&options.from)?;
    let to = options.to.as_deref().map(moment).transpose()?;
    if to.is_some_and(|to| to <= from) {
        bail!("--to lies before --from; nothing is between them");
    }
    if options.by.trim().is_empty() || options.by.chars().any(char::is_control) {
        bail!("--by is a name, e.g. ann");
    }
    let Some(good) = options.rules.load(false) else { return Ok(Outcome::Unanswered) };
    known_slo("--slo", &options.slo, &good.slos)?;
    if let Some(file) = missing(&options.database) {
        bail!("there is no ledger {}; name the engine's with --database", file.display());
    }
    let (_, sources, connect) = options.prometheus.sources()?;
    sources.set_named(connect(&good.data_sources).map_err(anyhow::Error::msg)?);
    let open = if options.dry_run {
        Store::open_to_read(&options.database, &ENGINE).await
    } else {
        Store::open(&options.database, &ENGINE).await
    };
    let store = open?;
    let ledger = ledger::open_to_read(&store).await?;
    let (mut reports, mut failed) = (Vec::new(), false);
    for slo in good.slos.iter().filter(|slo| is_called(slo, &options.slo)) {
        let source = sources.of(slo.source.as_deref());
        match recount(slo, source.as_ref(), ledger.as_ref(), &options.prometheus.limits(), (from, to)).await {
            Ok(found) => {
                let report = Report::of(slo, &found, options.dry_run);
                if let (Some(correction), false) = (found.correction, options.dry_run) {
                    let line = audit::Line {
                        at: Clock::System.now(),
                        actor: options.by.trim(),
                        action: "recounted",
                        subject: slo.key.to_string(),
                        detail: report.sentence(),
                    };
                    let also = Some(audit::insertion(vec![line]));
                    ledger.correct(&ledger::Correction { also, ..correction }).await?;
                }
                reports.push(report);
            }
            Err(error) => {
                failed = true;
                errln!("slo: {}: {error}", slo.key);
            }
        }
    }
    store.close().await;
    match options.format {
        Format::Json => outln!("{}", serde_json::to_string_pretty(&Answer { slos: &reports })?),
        Format::Table => {
            for report in &reports {
                report.print()?;
            }
        }
    }
    Ok(if failed { Outcome::Unanswered } else { Outcome::Good })
}

#[derive(Serialize)]
struct Answer<'a> {
    slos: &'a [Report],
}

/// What came of one objective.
#[derive(Serialize)]
struct Report {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    objective: Option<String>,
    /// What was counted anew.
    from: String,
    to: String,
    /// Where it was to begin, when the source has less.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_from: Option<String>,
    /// In the range the ledger has data for so long that the source does not have any more; they stay.
    left_seconds: f64,
    changed: bool,
    written: bool,
    counting: &'static str,
    groups: Vec<Change>,
    /// The moment of the budgets.
    at: String,
    budgets: Vec<Budget>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Change {
    group: BTreeMap<String, String>,
    before: Counts,
    after: Counts,
}

#[derive(Serialize)]
struct Counts {
    good: f64,
    bad: f64,
    total: f64,
    covered_seconds: f64,
}

impl Counts {
    fn of(sums: Sums) -> Self {
        let Sums { good, total, covered } = sums;
        Self { good, bad: total - good, total, covered_seconds: covered }
    }

    fn words(&self) -> String {
        let number = |value: f64| format!("{}", (value * 1000.0).round() / 1000.0);
        format!("good {} bad {} total {}", number(self.good), number(self.bad), number(self.total))
    }
}

#[derive(Serialize)]
struct Budget {
    group: BTreeMap<String, String>,
    before: Option<Left>,
    after: Option<Left>,
}

#[derive(Serialize)]
struct Left {
    sli: Option<f64>,
    remaining_ratio: Option<f64>,
    state: &'static str,
    #[serde(skip)]
    words: String,
}

impl Left {
    fn of(row: &Row) -> Self {
        Self {
            sli: row.verdict.sli,
            remaining_ratio: row.verdict.budget.remaining_ratio,
            state: row.verdict.state.as_str(),
            words: format!(
                "SLI {}, {} left, {}",
                words::sli(row).text,
                words::left(row).text,
                words::state(row).text
            ),
        }
    }
}

fn owned(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Report {
    fn of(slo: &Slo, found: &Recounted, dry_run: bool) -> Self {
        let group = |(labels, before, after): &(Labels, Sums, Sums)| Change {
            group: owned(labels),
            before: Counts::of(*before),
            after: Counts::of(*after),
        };
        let mut budgets: BTreeMap<Labels, (Option<Left>, Option<Left>)> = BTreeMap::new();
        for row in &found.before {
            budgets.entry(row.group.clone()).or_default().0 = Some(Left::of(row));
        }
        for row in &found.after {
            budgets.entry(row.group.clone()).or_default().1 = Some(Left::of(row));
        }
        let estimated = found.after.iter().any(|row| row.estimated);
        Self {
            name: slo.key.name.clone(),
            objective: slo.key.objective.clone(),
            from: found.range.after.rfc3339_seconds(),
            to: found.range.until.rfc3339_seconds(),
            left_from: (found.asked.after < found.range.after).then(|| found.asked.after.rfc3339_seconds()),
            left_seconds: found.kept.as_seconds_f64(),
            changed: found.correction.is_some(),
            written: found.correction.is_some() && !dry_run,
            counting: if estimated { "estimated" } else { "exact" },
            groups: found.groups.iter().map(group).collect(),
            at: found.at.rfc3339_seconds(),
            budgets: budgets
                .into_iter()
                .map(|(labels, (before, after))| Budget { group: owned(&labels), before, after })
                .collect(),
            warnings: found.warnings.clone(),
        }
    }

    fn key(&self) -> String {
        self.objective
            .as_ref()
            .map_or_else(|| self.name.clone(), |objective| format!("{}/{objective}", self.name))
    }

    /// For the audit log.
    fn sentence(&self) -> String {
        let add = |of: fn(&Change) -> &Counts| {
            let mut sum = Sums::default();
            for counts in self.groups.iter().map(of) {
                sum.good += counts.good;
                sum.total += counts.total;
            }
            Counts::of(sum).words()
        };
        format!(
            "{} to {}: {}; was {}",
            self.from,
            self.to,
            add(|group| &group.after),
            add(|group| &group.before)
        )
    }

    fn print(&self) -> anyhow::Result<()> {
        outln!("{}  {} to {}", self.key(), self.from, self.to);
        if let Some(left) = &self.left_from {
            outln!("  the source begins later than {left}: what ended up to {} stays as it is", self.from);
        }
        if self.left_seconds > 0.0 {
            let length = duration::spelled(Span::from_ms((self.left_seconds * 1000.0) as i64));
            outln!("  {length} of it have no data in the source any more and stay as they are");
        }
        let name = |group: &BTreeMap<String, String>| {
            let labels: Labels = group.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            if labels.is_empty() {
                String::new()
            } else {
                format!(" {}", words::printable(&labels.to_string()))
            }
        };
        let differs = |group: &&Change| group.before.words() != group.after.words();
        for group in self.groups.iter().filter(|group| self.groups.len() == 1 || differs(group)) {
            let whose = name(&group.group);
            outln!("  was{whose}: {}", group.before.words());
            outln!("  is{whose}:  {}", group.after.words());
        }
        let changed = |budget: &&Budget| {
            let text = |left: &Option<Left>| left.as_ref().map(|left| left.words.clone());
            text(&budget.before) != text(&budget.after)
        };
        for budget in self.budgets.iter().filter(|budget| self.budgets.len() == 1 || changed(budget)) {
            let left = |left: &Option<Left>| {
                left.as_ref().map_or_else(|| "no budget".to_owned(), |left| left.words.clone())
            };
            outln!(
                "  budget{} at {}: {}; was {}",
                name(&budget.group),
                self.at,
                left(&budget.after),
                left(&budget.before)
            );
        }
        let others = self.groups.len() - self.groups.iter().filter(differs).count();
        if self.groups.len() > 1 && others > 0 {
            outln!("  {} as they were", counted(others, "group"));
        }
        outln!(
            "  {}",
            match (self.changed, self.written) {
                (false, _) => "nothing changes",
                (true, false) => "nothing was changed (--dry-run)",
                (true, true) => "written; engines on this database go on with it",
            }
        );
        for warning in &self.warnings {
            errln!("slo: {}: {warning}", self.key());
        }
        Ok(())
    }
}
