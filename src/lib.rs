//! The observability and SLO engine: error budgets counted from events.
//!
//! # The way data flows
//!
//! ```text
//! rules/*.yaml ─ definitions ▶ Slo ── promql ──▶ SliQuery
//!                                   │
//! Prometheus, or embedded store ── source ──▶ samples ── evaluate, counting ──▶ buckets (good, total, coverage)
//!                                                                                  │
//!                                                                               ledger (SQLite | PostgreSQL)
//!                                                                                  │
//!                       status, metrics ◀── engine (the tick) ◀── budget (windows, burn rates, verdict)
//!                                                │
//!   Prometheus' alerts ── api v2 ──▶ incident (the alert service) ◀── alert (burn rates, rules)
//!                                                │
//!                                  route (planner) ──▶ deliver (outbox, workers) ──▶ mail, Slack, PagerDuty, webhooks
//! ```
//!
//! It runs one way; nothing below asks anything above. The layers are crates, so the compiler holds them; the rooms of one
//! crate are held by `tests/house.rs`.
//!
//! # Crates
//!
//! ```text
//! slo (this one: api, app, cli)
//!  ├─ slo-evaluation ─┬─ slo-definitions ─┐
//!  ├─ slo-incidents ── slo-delivery ──────┼─ slo-model ─┐
//!  ├─ slo-embedded ───────────────────────┤             ├─ slo-core
//!  ├─ slo-report ─────────────────────────┘             │
//!  └─ slo-platform ──────────────────────── slo-base ───┘
//! ```
//!
//! | crate | rooms | what it is for, and what it leaves to others |
//! |---|---|---|
//! | [`slo_core`] | [`names`](slo_core::names), [`metrics`](slo_core::metrics), [`labels`](slo_core::labels), [`duration`](slo_core::duration), [`text`](slo_core::text), [`sorted`](slo_core::sorted), [`suggest`](slo_core::suggest) | what every crate speaks in: names of labels, every metric declared once, label sets, durations, cutting and escaping of text, small maps, "did you mean". Pure |
//! | [`slo_model`] | | everything that is computed and never waits; it has no runtime, database or HTTP among its dependencies |
//! | | [`promql`](slo_model::promql) | parse, tell a counter selector from a free expression, render a query for a window |
//! | | [`slo`](slo_model::slo) | objectives that are valid by construction: target, window, calendar, budgeting, indicator |
//! | | [`samples`](slo_model::samples), [`buckets`](slo_model::buckets), [`source`](slo_model::source) | samples, counts per bucket of time, and the trait behind which metrics come from |
//! | | [`counting`](slo_model::counting) | raw samples into increments: restarts, births, replicas, gaps, coverage |
//! | | [`budget`](slo_model::budget) | sums into verdicts: SLI, budget, burn rates, slices, state, forecast; rolling windows |
//! | | [`alert`](slo_model::alert) | what fires: burn-rate policy, rules, templates, the state machine |
//! | | [`route`](slo_model::route), [`generate`](slo_model::generate) | who is notified of it, when and how: planner, schedules, silences; the same for Alertmanager |
//! | | [`policy`](slo_model::policy) | the error-budget policy: what spent budgets ask for, and the gate before a release |
//! | | [`status`](slo_model::status) | the answer people and programs see: table and JSON |
//! | [`slo_definitions`] | | files into objectives, rules and routing; findings with file, line, column and caret |
//! | [`slo_base`] | [`store`](slo_base::store) | databases, migrations, the lease of engines that share one |
//! | | [`http`](slo_base::http) | the shell around every HTTP server: bounded connections, deadlines, a net for panics, request identifiers, an orderly end |
//! | | [`telemetry`](slo_base::telemetry), [`config`](slo_base::config), [`clock`](slo_base::clock) | logs, events, metrics as they are declared and exposed; settings (the only reader of the environment); time as a value |
//! | [`slo_embedded`] | | the source of `slo up`: scraper, exposition formats, store, PromQL. Who wants a real Prometheus does without it |
//! | [`slo_evaluation`] | [`prometheus`](slo_evaluation::prometheus) | the source behind Prometheus' HTTP API |
//! | | [`evaluate`](slo_evaluation::evaluate) | asks a source about an indicator: what to read, bucket by bucket, or a whole verdict at once; what partial answers owe, and what came late |
//! | | [`ledger`](slo_evaluation::ledger) | the history of what happened, on SQLite and PostgreSQL |
//! | | [`engine`](slo_evaluation::engine) | fills, ticks, judges, publishes; evaluates rule files |
//! | | [`recount`](slo_evaluation::recount) | counts anew what a ledger holds as final, beside an engine or without one |
//! | [`slo_delivery`] | | notifications out: the outbox, workers, one folder a channel |
//! | [`slo_incidents`] | | alerts, silences, incidents; [`access`](slo_incidents::access): tokens and audit; [`notify`](slo_incidents::notify): the loop that asks the planner and stores what it decided |
//! | [`slo_report`] | [`facts`](slo_report::facts), [`review`](slo_report::review()), [`html`](slo_report::html()), [`markdown`](slo_report::markdown()), [`csv`](slo_report::csv()), [`json`](slo_report::json()), [`demo`](slo_report::demo) | the review of a month: what it comes to, and its text. Pure; reading is [`app::report`]'s |
//! | [`slo_platform`] | | the bundled platform API, which the engine watches; stands on `slo-base` alone, and has a binary of its own |
//! | this one | [`api`] | HTTP: health, reload, status, metrics, Prometheus' query API, Alertmanager's, the console ([`api::console`]) |
//! | | [`app`], [`cli`] | wiring of a running engine; the command line, one file a subcommand |
//!
//! # Invariants
//!
//! 1. A number that a person sees is never NaN or infinite: no value is `None`, with a state that says why.
//! 2. Every SLI carries its coverage: the share of the window for which the source had data.
//! 3. `good ≤ total`, neither negative, per bucket and per window; groups add up to the whole.
//! 4. A tick is one transaction, keyed by SLO, group and bucket; repeated, it changes nothing.
//! 5. What a sample counts depends only on earlier samples, so any split of time into ticks gives the same sums.
//!    Nothing is settled on an answer that is partial or not believed ([`slo_model::source::Answer::partial`],
//!    [`slo_model::source::Source::doubt`]); it is read again.
//! 6. States are enums matched without `_`.
//! 7. Everything is bounded: bodies, series, groups, queues, retries, chunks.
//! 8. What evaluation and planning decide is written by the leader ([`slo_base::store::lease`]), a plan in one
//!    transaction. Only what is final in a ledger may be counted anew beside it, by whoever has the database.
//! 9. Secrets come from files or the environment, live in `secrecy` types and are never printed.
//!
//! # Where this departs from the design page, and why
//!
//! - `slo-core` is below both the model and `slo-base`: the platform API needs names and labels, and not what parses PromQL.
//! - The trait of sources and `SeriesWriter` are the model's, so that the embedded source and the engine know nothing of
//!   each other.
//! - `evaluate` stands between `source` and `engine`: `slo status` without a ledger and the engine's tick ask the same way.
//! - PromQL over the embedded store is our own evaluator on promql-parser's tree; `slo_embedded`'s `eval` says what was
//!   wrong with tsink's.
//! - The report is a crate beside the model and not a room of it: it is as pure, but its looks change often, and everything is
//!   compiled anew when the model does.
//! - YAML is read from the parser's events rather than through serde, because a finding needs its exact place.

pub mod api;
pub mod app;
pub mod cli;
